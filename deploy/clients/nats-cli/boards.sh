#!/bin/sh
# Shows dining's boards: those that are open now, then each change as it comes. For looking at them: a change between
# the two can slip by.
nats --inbox-prefix _INBOX_macau-dining request cardex.profile.macau.dining.boards '{}' --raw
exec nats --inbox-prefix _INBOX_macau-dining subscribe 'cardex.macau.prompt.dining.*' --raw
