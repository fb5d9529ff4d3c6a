package bundle

import (
	"slices"
	"strings"

	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// Whose says whether two documents are about the same citizen.
type Whose int

// In the order of what counts: one Patient that is another citizen is enough, and
// one that nobody can tell leaves it open.
const (
	Same Whose = iota
	Unsaid
	Other
)

// peopleRegisters are those in which a citizen has one number to be told by: CPR,
// and X-eCPR and D-eCPR for who is not in it (dk-core 3.7.0).
var peopleRegisters = []string{"urn:oid:1.2.208.176.1.2", "urn:oid:1.2.208.176.1.6.1.1", "urn:oid:1.2.208.176.1.6.1.3"}

// Whose compares a citizen, who may be None, with everybody that another document
// has as a Patient.
func (b *Bundle) Whose(citizen tree.ID, other *tree.Doc) Whose {
	found, somebody := Same, false
	for n := range tree.ID(other.Len()) {
		if other.Kind(n) == tree.Object && other.Text(other.Child(n, "resourceType")) == "Patient" {
			found, somebody = max(found, likeness(b.Doc, citizen, other, n)), true
		}
	}
	if !somebody {
		return Unsaid
	}
	return found
}

// likeness compares two citizens by the first register that both are named in.
func likeness(d *tree.Doc, citizen tree.ID, other *tree.Doc, n tree.ID) Whose {
	for _, register := range peopleRegisters {
		ours, theirs := peopleNumbers(d, citizen, register), peopleNumbers(other, n, register)
		switch {
		case len(ours) == 0 || len(theirs) == 0:
		case slices.Equal(ours, theirs):
			return Same
		default:
			return Other
		}
	}
	return Unsaid
}

// peopleNumbers are the numbers of a citizen in a register, each once, in the
// spelling of the register where it can have them.
func peopleNumbers(d *tree.Doc, citizen tree.ID, register string) (all []string) {
	check, _ := lens.Register(register)
	for i := range (&Bundle{Doc: d}).All(citizen, "identifier") {
		text := strings.ToUpper(strings.TrimSpace(d.Text(d.Child(i, "value"))))
		if d.Text(d.Child(i, "system")) != register || text == "" {
			continue
		}
		if known, err := check(text); err == nil {
			text = known
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
