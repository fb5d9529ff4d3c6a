package receiver

import (
	"fmt"
	"slices"
	"strings"
)

// verdict is the verdict in words.
func (a *Answer) verdict() string {
	demanded, advised := a.count(Demanded), a.count(Advised)
	say := func(da, en string) string { return Words{da, en}.In(a.Language) }
	switch a.Verdict {
	case CanBeSent:
		return say("Kan sendes: alt, hvad modtageren beder om, er med.", "Can be sent: all that the receiver asks for is there.")
	case ShouldMend:
		return say(fmt.Sprintf("Kan sendes, men %s bør rettes først.", things(advised, Danish)),
			fmt.Sprintf("Can be sent, but %s should be mended first.", things(advised, English)))
	case CannotBeSent:
	}
	for _, f := range a.Findings {
		if f.rank() == stops {
			return say("Kan ikke sendes: ", "Cannot be sent: ") + f.What + "."
		}
	}
	text := say(fmt.Sprintf("Kan ikke sendes: %s skal på plads", things(demanded, Danish)),
		fmt.Sprintf("Cannot be sent: %s must be put right", things(demanded, English)))
	if advised > 0 {
		text += say(fmt.Sprintf(", og %s bør rettes", things(advised, Danish)), fmt.Sprintf(", and %s should be mended", things(advised, English)))
	}
	return text + "."
}

func (a *Answer) count(l Level) (n int) {
	for _, f := range a.Findings {
		if f.Level == l {
			n++
		}
	}
	return n
}

func things(n int, language string) string {
	one, many := "ting", "ting"
	if language == English {
		one, many = "thing", "things"
	}
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Text is the answer for people.
func (a *Answer) Text() string {
	say := func(da, en string) string { return Words{da, en}.In(a.Language) }
	var b strings.Builder
	title := a.Title
	if a.Status == Example {
		title += say(" (eksempel: ikke modtagerens egne krav)", " (an example: not the receiver's own demands)")
	}
	fmt.Fprintf(&b, "%s\n%s\n", title, say("Dokument: "+a.Document+", læst som "+a.Form, "Document: "+a.Document+", read as "+a.Form))
	fmt.Fprintf(&b, "\n%s\n", a.Said)
	for _, part := range []struct {
		rank  int
		title string
	}{{stops, say("Derfor sendes det ikke", "Why it is not to be sent")}, {lacks, say("Skal på plads, før det kan sendes", "Must be put right before it can be sent")}, {mends, say("Bør rettes", "Should be mended")}} {
		n := 0
		for i := range a.Findings {
			f := &a.Findings[i]
			if f.rank() != part.rank {
				continue
			}
			if n++; n == 1 {
				fmt.Fprintf(&b, "\n%s\n", part.title)
			}
			fmt.Fprintf(&b, "\n%3d. ", n)
			f.write(&b, a.Language)
		}
	}
	return b.String()
}

// write writes one finding, from the end of its number on.
func (f *Finding) write(b *strings.Builder, language string) {
	say := func(da, en string) string { return Words{da, en}.In(language) }
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "     %s: %s\n", name, text)
		}
	}
	fault := say("Mangler", "Missing")
	if f.Fault == Refused {
		fault = say("Kan ikke godtages", "Not accepted")
	}
	if f.rank() == stops {
		fault = say("Sendes ikke", "Not to be sent")
	}
	fmt.Fprintf(b, "%s: %s\n", fault, f.What)
	line(say("Hvorfor", "Why"), f.Why)
	line(say("Gør", "Do"), f.Instead)
	line(say("Se", "See"), strings.ReplaceAll(strings.Join(f.told(), ", "), "$this.", ""))
	line(say("Udfyld", "Fill in"), listed(f.Fields, say("eller", "or")))
}

// told lists the places that say more than the fields do: of what is missing,
// only which of several it is missing from.
func (f *Finding) told() []string {
	if f.Fault == Refused || len(f.Fields) == 0 {
		return f.Places
	}
	return slices.DeleteFunc(slices.Clone(f.Places), func(p string) bool { return !strings.Contains(p, "[") })
}

// listed joins names as in a sentence.
func listed(names []string, or string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " " + or + " " + names[last]
}
