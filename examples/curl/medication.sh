#!/bin/sh
# A medication card from FMK in plain JSON.
. "$(dirname "$0")/ask.sh"
ask '/v1/translate?from=fmk&to=plain' -H 'Content-Type: application/xml' \
  --data-binary @fixtures/medicinliste/fmk-to-plain/fast-og-pn/input.xml
echo "$(field dokument): $(grep -o '"atc":"[^"]*"' "$answer" | cut -d '"' -f 4), $(field tekst)"
