#!/bin/sh
# What psychiatry demands of a referral and does not find in it, in Danish.
. "$(dirname "$0")/ask.sh"
ask '/v1/check?receiver=psykiatri' -H 'Content-Type: application/json' -H 'Accept-Language: da' \
  --data-binary @fixtures/henvisning/plain-to-fhir/mindst/input.json
echo "$(field verdict): $(field said)"
grep -o '"what":"[^"]*"' "$answer" | cut -d '"' -f 4 | sed 's/^/- /'
