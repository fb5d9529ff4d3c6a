package tree

import (
	"fmt"
	"strings"
	"testing"
)

// object writes an object of n different keys.
func object(n int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		fmt.Fprintf(&b, `"key%d":%d,`, i, i)
	}
	return strings.TrimSuffix(b.String(), ",") + "}"
}

// A key stands twice however it is spelled.
func TestDuplicateKeys(t *testing.T) {
	for _, src := range []string{
		`{"a":1,"a":1}`,
		`{"":1,"":2}`,
		`{"a":1,"\u0061":2}`,
		`{"\u0061":1,"a":2}`,
		`{"\u00E6":1,"\u00e6":2}`,
		`{"æ":1,"\u00e6":2}`,
		`{"/":1,"\/":2}`,
		`{"\n":1,"\u000A":2}`,
		`{"\ud834\udd1e":1,"𝄞":2}`,
		`[{"ok":{"a":1,"b":2,"a":3}}]`,
	} {
		checkMessage(t, src, src, twice)
	}
	for _, src := range []string{
		`{"a":1,"A":2}`,
		`{"a":{"a":{"a":1}}}`,
		`[{"a":1},{"a":2}]`,
		`{"\\u0061":1,"a":2}`,
		"{\"\u00e6\":1,\"\u0061\u0308\":2}", // no normalisation: two spellings of a letter are two keys
		"{\"\u00e9\":1,\"e\u0301\":2}",
	} {
		checkRoundTrip(t, src, parse(t, src), src)
	}
}

// Keys with the same mark are told apart, and found again.
func TestKeysOfOneMark(t *testing.T) {
	keys := []string{"a1b2c", "a3b4c", "a5b6c"}
	var members []string
	for _, key := range keys {
		if mark(key) != mark(keys[0]) {
			t.Fatalf("%s has a mark of its own", key)
		}
		members = append(members, `"`+key+`":1`)
	}
	src := "{" + strings.Join(members, ",") + "}"
	checkRoundTrip(t, src, parse(t, src), src)
	for _, member := range members {
		again := "{" + strings.Join(append(members, member), ",") + "}"
		checkMessage(t, again, again, twice)
	}
}

// The error stands at the second of the two keys, in the object that has them.
func TestDuplicateKeyPlace(t *testing.T) {
	src := "{\"resourceType\":\"Patient\",\"name\":[{\"text\":1,\n  \"t\\u0065xt\":2}]}"
	want := "Patient.name[0]: the same key stands twice (line 2, column 3)"
	if got := refused(t, src, Limits{}).Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A duplicate is found on either side of the place where the set takes over.
func TestDuplicateKeyAmongMany(t *testing.T) {
	for n := manyKeys - 3; n <= manyKeys+3; n++ {
		src := object(n)
		if got := parse(t, src).Len(); got != n+1 {
			t.Errorf("%d keys: got %d nodes", n, got)
		}
		for i := range n {
			again := strings.TrimSuffix(src, "}") + fmt.Sprintf(`,"\u006bey%d":0}`, i)
			checkMessage(t, fmt.Sprintf("key %d of %d", i, n), again, twice)
		}
	}
}

// A hostile object is refused or read at a cost no more than its size: beyond
// manyKeys a new key is looked up in the set and no sibling is read again.
func TestManyKeysAreNotWalked(t *testing.T) {
	d := parse(t, object(2*manyKeys))
	keys := keySet{doc: d, object: d.Root()}
	d.nodes[manyKeys].next = None // the siblings as they are when the set is made
	for i := range manyKeys {
		keys.add(fmt.Sprintf("new%d", i), false)
	}
	for c := range d.nodes {
		d.nodes[c].keyEnd = 1 << 31 // to read a sibling is to panic
	}
	for i := manyKeys; i < 100_000; i++ {
		if !keys.add(fmt.Sprintf("new%d", i), false) {
			t.Fatalf("key %d was there already", i)
		}
	}
	for _, raw := range []string{"key0", "key31", `\u006bey7`, fmt.Sprintf("new%d", manyKeys), "new99999"} {
		if keys.add(raw, strings.Contains(raw, `\`)) {
			t.Errorf("%s was new, want it known", raw)
		}
	}
}

func TestHundredThousandKeys(t *testing.T) {
	const n = 100_000
	src := object(n)
	d := parse(t, src)
	checkRoundTrip(t, "many keys", d, src)
	if got := d.Raw(d.Child(d.Root(), "key99999")); got != "99999" {
		t.Errorf("the last member: got %s, want 99999", got)
	}
	checkMessage(t, "many keys", strings.TrimSuffix(src, "}")+`,"key\u0030":0}`, twice)
}
