package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/mapping/canonical"
	covered "tolk/mapping/coverage"
	"tolk/mapping/maps"
	"tolk/mapping/published"
	"tolk/mapping/tree"
)

// What export writes, import reads back byte for byte: every map, every row.
func TestMapsRoundTrip(t *testing.T) {
	core, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	names := published.MapNames(core.terms)
	if len(names) < 14 {
		t.Fatalf("only %d maps", len(names))
	}
	for _, name := range names {
		want, err := fs.ReadFile(maps.FS, name+".csv")
		if err != nil {
			t.Fatal(err)
		}
		text, ok := published.WholeMap(core.terms, name)
		again, _ := published.WholeMap(core.terms, name)
		if !ok || text != again {
			t.Errorf("%s: not there, or not the same twice", name)
		}
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := canonical.Parse(d, d.Root())
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.ConceptMap.Rows()
		if err != nil || got != string(want) {
			t.Errorf("%s comes back changed: %v", name, err)
		}
		// The reason of every row is a comment of the resource.
		if n, rows := strings.Count(text, `"comment":`), strings.Count(got, "\n")-1; n != rows {
			t.Errorf("%s: %d comments for %d rows", name, n, rows)
		}
	}
}

// The picture shows every map, and is the one that is published.
func TestCoverageCounts(t *testing.T) {
	core, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	all := covered.Survey(core.terms)
	if len(all) != len(core.terms.ConceptMaps()) {
		t.Fatalf("%d of %d maps", len(all), len(core.terms.ConceptMaps()))
	}
	drawn := picture(all)
	parser := xml.NewDecoder(bytes.NewReader(drawn))
	for {
		if _, err := parser.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join("..", "..", "doc", "maps-coverage.svg")
	if *update {
		if err := os.WriteFile(file, drawn, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if published, err := os.ReadFile(file); err != nil || !bytes.Equal(published, drawn) {
		t.Errorf("%s is not the picture of these maps (%v); go test ./cmd/tolk -run TestCoverageCounts -args -update", file, err)
	}
	if n := bytes.Count(drawn, []byte(" codes</text>")) + bytes.Count(drawn, []byte(" code</text>")); n != len(all) {
		t.Errorf("%d bars for %d maps", n, len(all))
	}
}
