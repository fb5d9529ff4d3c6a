package main

import (
	"testing"

	"tolk/mapping/screening"
	"tolk/mapping/tree"
)

// Every content has the form of the sundhedsagent, as it writes itself.
func TestContentHasTheForm(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	resources, err := c.embedded()
	if err != nil {
		t.Fatal(err)
	}
	content, err := c.content("test", resources, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(content.Forms) != 1 {
		t.Fatalf("got %d forms, want one", len(content.Forms))
	}
	h := content.Forms[0]
	d, err := tree.Parse(h.Text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if h.Canonical() != screening.Canonical {
		t.Errorf("got %s, want %s", h.Canonical(), screening.Canonical)
	}
	for name, want := range map[string]string{"resourceType": h.Type, "id": h.ID, "url": h.URL, "version": h.Version,
		"name": h.Name, "title": h.Title, "status": h.Status, "language": h.Language} {
		if got := d.Text(d.Child(d.Root(), name)); got != want || want == "" {
			t.Errorf("%s: the header says %q, the form %q", name, want, got)
		}
	}
}
