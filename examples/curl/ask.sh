# Read by the others: how a node is asked. TOLK names the node, TOKEN an access
# token where one is needed.
set -eu
node=${TOLK:-http://127.0.0.1:8080}
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# ask PATH CURL-OPTIONS... writes the answer into $answer. curl itself comes again
# after 429 and 503, when Retry-After says. Of an error, an OperationOutcome, it
# tells what is wrong and where.
ask() {
  path=$1
  shift
  if ! curl -sS --fail-with-body --retry 5 -o "$answer" \
    ${TOKEN:+-H "Authorization: Bearer $TOKEN"} "$@" "$node$path"; then
    grep -o '"text":"[^"]*"\|"expression":\[[^]]*\]\|"location":\[[^]]*\]' "$answer" >&2 || cat "$answer" >&2
    exit 1
  fi
}

# field NAME is the first text with this name in the answer. With jq at hand it is
# jq -r ..NAME; this does without.
field() {
  grep -o "\"$1\":\"[^\"]*\"" "$answer" | head -n 1 | cut -d '"' -f 4
}
