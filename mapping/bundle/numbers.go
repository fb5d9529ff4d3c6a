package bundle

import (
	"errors"

	"tolk/mapping"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// Misnumbered visits the numbers in a document of FHIR that the register which
// their system names cannot have, with what is expected. The numbers go on as
// they stand: whose they are is not ours to guess, and their sender hears of it.
func Misnumbered(d *tree.Doc, visit func(value tree.ID, expected string)) {
	for n := range tree.ID(d.Len()) {
		if d.Kind(n) != tree.Object {
			continue
		}
		check, ok := lens.Register(d.Text(d.Child(n, "system")))
		value := d.Child(n, "value")
		if !ok || d.Text(value) == "" {
			continue
		}
		var e *mapping.Error
		if _, err := check(d.Text(value)); errors.As(err, &e) {
			visit(value, e.Message)
		}
	}
}
