package terminology

import (
	"io/fs"
	"slices"

	"tolk/mapping"
)

// gaps lists what is not covered: by file and area, each concept that the file
// is for; and every other concept of a system that is mapped, per direction.
func (t *Terminology) gaps(plans []*plan) (found []*mapping.Error) {
	covered := map[question]bool{}
	for _, p := range plans {
		found = append(found, t.planGaps(p, covered)...)
	}
	seen := map[[2]*system]bool{}
	for _, p := range plans {
		if way := [2]*system{p.source, p.target}; p.source != p.target && !seen[way] {
			seen[way] = true
			found = append(found, t.directionGaps(p.source, p.target, covered)...)
		}
	}
	return found
}

// planGaps lists the concepts a file is for that have no row, in one of the
// areas or at all, and notes which concepts it is for: those are accounted for.
func (t *Terminology) planGaps(p *plan, covered map[question]bool) (found []*mapping.Error) {
	rows := map[question]bool{}
	for _, r := range p.rows {
		if r.source != nil {
			rows[question{r.source.Concept, "", r.area}] = true
			rows[question{r.source.Concept, "", ""}] = true
		}
	}
	areas := p.areas
	if len(areas) == 0 {
		areas = []string{""}
	}
	for _, e := range p.source.entries {
		if _, outside := t.outside[question{source: e.Concept, target: p.target.URL}]; outside || !p.isFor(e) {
			continue
		}
		covered[question{source: e.Concept, target: p.target.URL}] = true
		for _, area := range areas {
			if !rows[question{e.Concept, "", mapping.Area(area)}] {
				found = append(found, gap(p.file, e, area))
			}
		}
	}
	return found
}

// isFor reports whether the file should have a row for e.
func (p *plan) isFor(e *Entry) bool {
	return !e.Heading() && slices.Contains(p.sourceKinds, string(e.Kind)) &&
		(e.Status == Retired) == p.retired
}

// directionGaps lists the concepts that no file is for and that are not outside
// either. A retired concept is covered by its way to the current one.
func (t *Terminology) directionGaps(source, target *system, covered map[question]bool) (found []*mapping.Error) {
	for _, e := range source.entries {
		q := question{source: e.Concept, target: target.URL}
		if _, outside := t.outside[q]; outside || covered[q] || covered[question{source: e.Concept, target: source.URL}] {
			continue
		}
		found = append(found, gap("outside.csv", e, ""))
	}
	return found
}

// gap is the finding that a concept is not covered.
func gap(file string, e *Entry, area string) *mapping.Error {
	message := "not covered: " + e.Code + " " + e.Display
	if area != "" {
		message += " in " + area
	}
	return &mapping.Error{Kind: mapping.Required, Path: file, Message: message}
}

// unlisted lists the tables that lie among the maps and that nobody reads.
func unlisted(maps fs.FS, plans []*plan) (found []*mapping.Error) {
	known := []string{"index.csv", "outside.csv", "asymmetries.csv"}
	for _, p := range plans {
		known = append(known, p.file)
	}
	files, err := fs.Glob(maps, "*.csv")
	if err != nil {
		return []*mapping.Error{{Kind: mapping.Exception, Path: "index.csv", Message: "the folder of the maps cannot be listed", Err: err}}
	}
	for _, f := range files {
		if !slices.Contains(known, f) {
			found = append(found, &mapping.Error{Kind: mapping.NotFound, Path: f, Message: "not named by index.csv"})
		}
	}
	return found
}
