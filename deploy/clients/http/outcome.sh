#!/bin/sh
# Says what became of an item: outcome.sh STAY ITEM done. The very same sent again counts once, so it is tried again.
now=$(date +%Y-%m-%dT%H:%M:%S%:z)
exec curl --no-progress-meter --fail-with-body --retry 8 --retry-connrefused \
    --header "Authorization: Bearer $BOARDS_TOKEN" --header 'Content-Type: application/json' \
    --data "{\"stay\": \"$1\", \"item\": \"$2\", \"outcome\": \"$3\", \"occurred_at\": \"$now\"}" \
    "${BOARDS_URL:-http://127.0.0.1:8480}/v1/outcomes"
