#!/bin/sh
# Hands a referral over, fetches it as its receiver does, and takes it. From 202 on
# the node has it. The same key makes the same again harmless: whoever got no answer
# sends the same once more.
. "$(dirname "$0")/ask.sh"
ask '/v1/exchange?receiver=xref01&purpose=TREAT&legal-basis=samtykke&capacity=social&consent=urn:uuid:7f6c1f0a-9e0e-4d5e-8a53-6f0b6f6c2b11' \
  -H 'Content-Type: application/json' -H 'Idempotency-Key: referral-2026-11-20-1' \
  --data-binary @fixtures/henvisning/plain-to-fhir/bosted-til-psykiatrien/input.json
message=$(field id)
field status
ask "/v1/exchange/$message"
if [ "$(field state)" = delivered ]; then
  echo "delivered before: $(grep -o '"state":"delivered"[^}]*' "$answer" | grep -o '"why":"[^"]*"')"
  exit
fi
ask '/v1/mailbox/xref01?wait=20&limit=1&body=false'
[ "$(field message)" = "$message" ] || { echo 'another letter came first' >&2; exit 1; }
letter=$(field content)
ask "$letter"
cp "$answer" letter.xml # keep it, and only then take it: what is not taken is given again
ask "$letter" -X DELETE
echo "taken: $(wc -c <letter.xml) bytes"
