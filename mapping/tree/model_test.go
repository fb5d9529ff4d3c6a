package tree

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"pgregory.net/rapid"
)

// value is a JSON value as a test made it up: what the tree must say of it.
type value struct {
	kind        Kind
	raw         string // a scalar as written
	text        string // a string, its escapes resolved
	key, rawKey string
	kids        []*value
}

var (
	names = rapid.SampledFrom([]string{"resourceType", "id", "_id", "code", "valueString", "Patient", "", "a b", "æ",
		"p2512489996", "a\\u0062", "\"", "/"})
	numbers = rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,4})?`)
	texts   = rapid.OneOf(names, rapid.String())
	spaces  = rapid.SampledFrom([]string{"", "", " ", "\n", "\t\r\n  "})
)

// drawValue makes up a value with at most depth levels of containers, and at
// most width members in the outermost object.
func drawValue(t *rapid.T, depth, width int) *value {
	kinds := []Kind{Object, Array, String, Object, Array, Number, Bool, Null}
	if depth == 0 {
		kinds = []Kind{String, Number, Bool, Null}
	}
	v := &value{kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	switch v.kind {
	case Null:
		v.raw = "null"
	case Bool:
		v.raw = rapid.SampledFrom([]string{"true", "false"}).Draw(t, "bool")
	case Number:
		v.raw = numbers.Draw(t, "number")
	case String:
		v.text = texts.Draw(t, "text")
		v.raw = `"` + spell(t, v.text) + `"`
	case Object:
		for _, key := range rapid.SliceOfNDistinct(texts, rapid.IntRange(0, width).Draw(t, "least"), width, rapid.ID).Draw(t, "keys") {
			kid := drawValue(t, depth-1, 4)
			kid.key, kid.rawKey = key, spell(t, key)
			v.kids = append(v.kids, kid)
		}
	case Array:
		for range rapid.IntRange(0, 4).Draw(t, "elements") {
			v.kids = append(v.kids, drawValue(t, depth-1, 4))
		}
	}
	return v
}

// spell writes a text as the inside of a JSON string, escaping what must be
// escaped and some of the rest.
func spell(t *rapid.T, text string) string {
	escape := rapid.SampledFrom([]uint32{0, 0, 1, 0b1001, 1<<32 - 1}).Draw(t, "escape")
	var b strings.Builder
	for i, r := range []rune(text) {
		hex := []string{`\u%04x`, `\u%04X`}[i%2]
		switch {
		case r >= ' ' && r != '"' && r != '\\' && escape>>(i%32)&1 == 0:
			b.WriteRune(r)
		case strings.ContainsRune("\"\\/", r) && i%3 > 0:
			b.WriteString(`\` + string(r))
		case strings.ContainsRune("\b\f\n\r\t", r) && i%3 > 0:
			b.WriteString(`\` + string("btn-fr"[r-'\b']))
		case r > 0xffff:
			fmt.Fprintf(&b, hex+hex, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			fmt.Fprintf(&b, hex, r)
		}
	}
	return b.String()
}

// write writes v with the white space that space returns.
func (v *value) write(b *strings.Builder, space func() string) {
	b.WriteString(space())
	switch v.kind {
	case Object, Array:
		brackets := map[Kind]string{Object: "{}", Array: "[]"}[v.kind]
		b.WriteByte(brackets[0])
		for i, kid := range v.kids {
			if i > 0 {
				b.WriteByte(',')
			}
			if v.kind == Object {
				b.WriteString(space() + `"` + kid.rawKey + `"` + space() + ":")
			}
			kid.write(b, space)
		}
		if len(v.kids) == 0 {
			b.WriteString(space())
		}
		b.WriteByte(brackets[1])
	default:
		b.WriteString(v.raw)
	}
	b.WriteString(space())
}

func (v *value) compact() string {
	var b strings.Builder
	v.write(&b, func() string { return "" })
	return b.String()
}

func (v *value) loose(t *rapid.T) string {
	var b strings.Builder
	some := rapid.Bool().Draw(t, "loose")
	v.write(&b, func() string {
		if !some {
			return ""
		}
		return spaces.Draw(t, "space")
	})
	return b.String()
}

// walk calls visit for v and all below it in document order with its path.
func (v *value) walk(path string, visit func(v *value, path string)) {
	visit(v, path)
	for i, kid := range v.kids {
		switch {
		case v.kind == Array:
			kid.walk(fmt.Sprintf("%s[%d]", path, i), visit)
		case public(kid.key):
			kid.walk(path+"."+kid.key, visit)
		default:
			kid.walk(fmt.Sprintf("%s.children()[%d]", path, i), visit)
		}
	}
}

func (v *value) rootName() string {
	for _, kid := range v.kids {
		if v.kind == Object && kid.key == "resourceType" && public(kid.text) {
			return kid.text
		}
	}
	return "$this"
}

var publicName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}\z`)

// public is the oracle of plain.
func public(name string) bool {
	digits := 0
	for _, r := range name {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return publicName.MatchString(name) && digits <= 5
}
