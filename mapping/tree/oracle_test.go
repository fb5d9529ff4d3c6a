package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// oracleDepth is the depth at which jsontext stops. Set as our limit there is
// no known difference left between the two parsers: both take RFC 8259 without
// duplicate keys, invalid UTF-8 and lone surrogates. Our own 64 levels are
// checked on top.
const oracleDepth = 10_000

// agree compares our verdict with that of jsontext, and what is written.
func agree(src string) error {
	want := jsontext.Value(src).IsValid(jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false))
	d, err := Parse(src, Limits{Depth: oracleDepth})
	if (err == nil) != want {
		return fmt.Errorf("jsontext accepts: %t; tolk: %v", want, err)
	}
	_, errDefault := Parse(src, Limits{})
	if err != nil {
		if errDefault == nil {
			return fmt.Errorf("refused at %d levels, accepted at 64: %w", oracleDepth, err)
		}
		return nil
	}
	if deep := depth(src) > 64; deep != (errDefault != nil) {
		return fmt.Errorf("deeper than 64: %t; tolk: %v", deep, errDefault)
	}
	v := jsontext.Value(slices.Clone([]byte(src)))
	if err := v.Compact(); err != nil {
		return err
	}
	if got := string(d.Append(nil, d.Root())); got != string(v) {
		return fmt.Errorf("got %s", difference(got, string(v)))
	}
	return nil
}

// depth counts the levels of a document that is known to be JSON.
func depth(src string) int {
	deepest, level := 0, 0
	scan(src, func(c byte, inside bool) {
		switch {
		case inside:
		case c == '[' || c == '{':
			level++
			deepest = max(deepest, level)
		case c == ']' || c == '}':
			level--
		}
	})
	return deepest
}

func TestOracle(t *testing.T) {
	files := jsonFiles(t, "examples", "corpora")
	for name, src := range files {
		if err := agree(src); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Logf("%d documents", len(files))
}

// At the limit itself the two agree as well.
func TestOracleDepth(t *testing.T) {
	for _, n := range []int{63, 64, 65, oracleDepth - 1, oracleDepth, oracleDepth + 1} {
		for _, src := range []string{nested("[", "", "]", n), nested(`{"":`, "0", "}", n)} {
			if err := agree(src); err != nil {
				t.Errorf("%d levels: %v", n, err)
			}
		}
	}
}

// Mutants of the small documents: most are refused, and by both.
func TestOracleOnMutants(t *testing.T) {
	const wanted = 60_000
	files := jsonFiles(t, "examples", "corpora/json-suite", "corpora/lossless")
	var seeds []string
	for _, src := range files {
		if len(src) < 2000 {
			seeds = append(seeds, src)
		}
	}
	slices.Sort(seeds)
	random := rand.New(rand.NewPCG(20, 26))
	accepted := 0
	for range wanted {
		src := seeds[random.IntN(len(seeds))]
		for range 1 + random.IntN(3) {
			src = mutate(random, src, seeds)
		}
		if err := agree(src); err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		if jsontext.Value(src).IsValid() {
			accepted++
		}
	}
	if accepted < wanted/50 || accepted > wanted*49/50 {
		t.Errorf("%d of %d mutants are JSON: too one-sided to tell much", accepted, wanted)
	}
	t.Logf("%d of %d mutants from %d seeds are JSON", accepted, wanted, len(seeds))
}

// tokens are what a mutant gets pasted in: what JSON is made of, whole and broken.
var tokens = []string{
	"{", "}", "[", "]", ",", ":", `"`, `\`, " ", "\n", "\t", "\v", "\u00a0", "\ufeff", "\x00", "\x1f", "\x7f",
	"0", "-", "+", ".", "e", "E", "1", "9", "00", "1.5", "-0", "1e5", "0x1", "NaN", "true", "false", "null", "tru", "TRUE",
	`""`, `"a"`, `"a":1`, `,"a":1`, `,"\u0061":2`, `\u0061`, `\u00`, `\ud834`, `\udd1e`, `\ud834\udd1e`, `\uD834\uDD1E`,
	`\"`, `\\`, `\/`, `\b`, `\x`, "æ", "𝄞", "\xc3", "\xa6", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf",
	"/*x*/", "//x\n", "'a'", "[[[[[[[[", "]]]]]]]]",
}

// mutate makes one change: a token in, over or out of the text, a byte or a
// span changed, a span doubled, or a span of another document put in.
func mutate(random *rand.Rand, src string, seeds []string) string {
	i := random.IntN(len(src) + 1)
	j := min(len(src), i+random.IntN(8))
	switch random.IntN(7) {
	case 0, 1:
		return src[:i] + tokens[random.IntN(len(tokens))] + src[i:]
	case 2:
		return src[:i] + tokens[random.IntN(len(tokens))] + src[j:]
	case 3:
		return src[:i] + src[j:]
	case 4:
		return src[:j] + src[i:]
	case 5:
		return src[:i] + string([]byte{byte(random.IntN(256))}) + src[min(len(src), i+1):]
	}
	other := seeds[random.IntN(len(seeds))]
	k := random.IntN(len(other) + 1)
	return src[:i] + other[k:min(len(other), k+random.IntN(20))] + src[j:]
}

// Every pair of escapes around the surrogates, every two bytes in and outside
// a string, and characters from all of Unicode.
func TestOracleExhaustive(t *testing.T) {
	check := func(format string, args ...any) {
		src := fmt.Sprintf(format, args...)
		if err := agree(src); err != nil {
			t.Fatalf("%q: %v", src, err)
		}
	}
	edges := []rune{0, 0x1f, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffd, 0xffff}
	for _, a := range edges {
		for _, b := range edges {
			for _, format := range []string{`"\u%04x\u%04x"`, `{"\u%04X\u%04x":0}`, `"\u%04x%04x"`, `"\u%04x\\u%04x"`} {
				check(format, a, b)
			}
		}
	}
	for pair := range 1 << 16 {
		for _, format := range []string{"%s", `"%s"`, `"\%s"`, `"\u00%s"`, "[1%s2]", `-%s`} {
			check(format, []byte{byte(pair >> 8), byte(pair)})
		}
	}
	for r := rune(0); r <= utf8.MaxRune; r += 97 {
		check(`"%c"`, r)
	}
}
