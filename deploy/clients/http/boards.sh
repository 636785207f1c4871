#!/bin/sh
# Shows the department's boards: those that are open now, then each change as it comes.
exec curl --no-progress-meter --fail-with-body --no-buffer --header "Authorization: Bearer $BOARDS_TOKEN" \
    "${BOARDS_URL:-http://127.0.0.1:8480}/v1/boards/events"
