package tree

import (
	"slices"
	"testing"
)

// Two documents mirror each other when their leaves have the same paths.
func TestMirrors(t *testing.T) {
	const text = `{"resourceType":"Condition","a":[1,{"b":"x"},[]],"c":{"d":true}}`
	others := []string{
		`{"resourceType":"Goal","a":[1,{"b":"x"},[]],"c":{"d":true}}`,
		`{"resourceType":"Condition","a":[1,{"e":"x"},[]],"c":{"d":true}}`,
		`{"resourceType":"Condition","a":[1,{"b":"x"},[]],"c":[true]}`,
		`{"resourceType":"Condition","a":[1,{"b":"x"},[2]],"c":{"d":true}}`,
		`{"resourceType":"Condition","a":[1,{"b":"x"}],"c":{"d":true}}`,
		`{"resourceType":"Condition","a":[1,{"b":"x"},[],3],"c":{"d":true}}`,
		`{"resourceType":"Condition","a":[1,{"b":"x"},[]],"c":{"d":true},"f":1}`,
		`{"resourceType":"Condition","a":[1,{"b":"x"},[]]}`,
		`{"resourceType":"Condition","c":{"d":true},"a":[1,{"b":"x"},[]]}`,
		`{}`,
	}
	paths := func(text string) (all []string) {
		d := parse(t, text)
		d.Walk(0, func(_ ID, path string) { all = append(all, path) })
		return all
	}
	written := func(text string) *Out {
		d := parse(t, text)
		o := NewOut(d.Len())
		o.Copy(NoOut, "", d, 0, 0)
		return o
	}
	same := `{ "resourceType" : "Condition", "a": [true, {"b": null}, {}], "c": {"d": "other"}}`
	for _, other := range append(others, text, same) {
		want := slices.Equal(paths(text), paths(other))
		d := parse(t, other)
		if got := parse(t, text).Mirrors(d) == None; got != want {
			t.Errorf("read: got %t, want %t, for %s", got, want, other)
		}
		if got := written(text).Mirrors(d) == None; got != want {
			t.Errorf("written: got %t, want %t, for %s", got, want, other)
		}
	}
}
