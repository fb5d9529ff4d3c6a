package readable

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/validator"
	"tolk/mapping/tree"
)

// The samples are valid hub documents, and stay so with their narrative in the
// first resource.
func TestSamplesAreValid(t *testing.T) {
	v := validator.Find(t)
	dir := t.TempDir()
	var names []string
	for _, name := range samples {
		d := parsed(t, name)
		kind := d.Text(d.Find(d.Root(), "entry", "resource", "resourceType"))
		text := strings.Replace(d.Source(), `"resourceType": "`+kind+`"`,
			`"resourceType": "`+kind+`", "text": {"status": "generated", "div": `+tree.Quote(Narrative(sample(t, name)))+`}`, 1)
		file := filepath.Join(dir, name+".json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, file)
	}
	for _, issue := range validator.Errors(v.Validate(t, "hl7.fhir.dk.core#3.7.0", nil, names...)) {
		t.Error(issue)
	}
}

// What the sender says of a dose, and every note, allergy and assessment, is in
// whatever is written of the document.
func TestNothingIsLeftOut(t *testing.T) {
	for _, name := range samples {
		d, page := parsed(t, name), sample(t, name)
		written := map[string]string{"html": string(HTML(page)), "text": Text(page), "narrative": Narrative(page)}
		for kind, w := range written {
			w = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&", "&#43;", "+", "<br/>", " ").Replace(w)
			written[kind] = line(w)
		}
		texts := 0
		for i := range d.Len() {
			n := tree.ID(i)
			up := d.Parent(n)
			if d.Kind(n) != tree.String || up == tree.None {
				continue
			}
			key := d.Key(n)
			told := key == "conclusion" || key == "patientInstruction" || key == "text" || key == "valueString" && d.Key(up) != "" ||
				key == "valueString" && strings.HasPrefix(d.Text(d.Child(up, "url")), ours)
			if !told || d.Text(d.Child(up, "url")) == ours+"sha256" || d.Key(up) == "itemCodeableConcept" || under(d, n, "Consent") {
				continue
			}
			texts++
			for kind, w := range written {
				if !strings.Contains(w, line(d.Text(n))) && d.Text(n) != "Sundhedstjek" {
					t.Errorf("%s, %s: %s is not told: %s", name, kind, d.Path(n), d.Text(n))
				}
			}
		}
		if texts == 0 && name != "medicinliste-tom" && name != "tilstande" {
			t.Errorf("%s: no text looked for", name)
		}
	}
}

// under reports whether n lies in a resource of a kind.
func under(d *tree.Doc, n tree.ID, kind string) bool {
	for ; n != tree.None; n = d.Parent(n) {
		if d.Text(d.Child(n, "resourceType")) == kind {
			return true
		}
	}
	return false
}

func BenchmarkPage(b *testing.B) {
	d := parsed(b, "medicinliste")
	for name, do := range map[string]func(*Page){
		"read": func(*Page) {}, "text": func(p *Page) { Text(p) }, "html": func(p *Page) { HTML(p) }, "narrative": func(p *Page) { Narrative(p) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				page, err := Read(d, today)
				if err != nil {
					b.Fatal(err)
				}
				do(page)
			}
		})
	}
}
