#!/bin/sh
# Shows dining's boards: those that are open now, then each change as it comes.
nats --inbox-prefix _INBOX_tablet request cardex.profile.macau.dining.boards '{}' --raw
nats --inbox-prefix _INBOX_tablet subscribe 'cardex.macau.prompt.dining.*' --raw
