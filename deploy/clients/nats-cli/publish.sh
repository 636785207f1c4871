#!/bin/sh
# Publishes what a guest told dining: publish.sh 1012 dining.cuisine sichuan
subject=cardex.macau.observation.dining.staff
id=$(cat /proc/sys/kernel/random/uuid)
now=$(TZ=Asia/Macau date +%Y-%m-%dT%H:%M:%S%:z)
exec nats --inbox-prefix _INBOX_macau-dining request "$subject" --header "Nats-Msg-Id:$subject:$id" --raw "{
  \"specversion\": \"1.0\", \"type\": \"cardex.observation.recorded.v1\", \"source\": \"/dining/staff\",
  \"id\": \"$id\", \"time\": \"$now\", \"datacontenttype\": \"application/json\",
  \"data\": {\"about\": {\"room\": \"$1\"}, \"observed_at\": \"$now\", \"how\": \"stated\",
             \"statements\": [{\"attribute\": \"$2\", \"value\": \"$3\"}]}}"
