#!/bin/sh
# What a condition record from FFB is in FSIII, and why each code was chosen: the
# ledger has the row of the map and the reason.
. "$(dirname "$0")/ask.sh"
ask '/v1/translate?from=ffb&to=fsiii&ledger=true' -H 'Content-Type: application/fhir+json' \
  --data-binary @fixtures/tilstande/ffb-to-fsiii/indberetning/input.json
grep -o '"leaves":[0-9]*' "$answer"
grep -o '"path":"[^"]*[.]code","fate":"converted"[^}]*' "$answer" |
  sed 's/"path":"\([^"]*\)".*"relation":"\([^"]*\)".*"row":"\([^"]*\)".*"reason":"\([^"]*\)".*/\1: \2 by \3: \4/'
