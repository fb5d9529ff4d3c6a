// Package readable makes one page of a hub document, in Danish: what a nurse, a
// pedagogue and a general practitioner want to see at one glance. Options.Read
// takes the facts out of the document into a Page; HTML, Text, Narrative and
// Lines write it.
//
// Nothing is computed and nothing is judged. A dose stands in the table by time
// of day only when its structure is whole and simple, else the sender's own
// words stand there, which are shown in any case. A value is marked high or low
// only when its source says so. What a page does not show, it names.
package readable

import "time"

// StaleAfter is how many days after FMK was read a list counts as an old copy,
// unless Options says otherwise.
const StaleAfter = 7

// The documents a page can be of.
const (
	MedicationList = "medicinliste"
	HealthCheck    = "sundhedstjek"
	Conditions     = "tilstande"
	ReferralLetter = "henvisning"
	Correspondence = "korrespondance"
)

// Options are what a reading depends on beside the document.
type Options struct {
	Now        time.Time // when the page is read; zero: age is not judged
	StaleAfter int       // days; zero: StaleAfter
	// Name is the name that a code system has for a code, empty where that is not known:
	// it stands where the document has the code without words. nil: none is known.
	Name func(system, code string) string
	Kept bool // what is made of the page is kept, as a letter or a record: it says nothing of today
}

// Page is what is shown of a document. Every text in it is foreign, cleaned of
// what cannot be seen, and must be escaped where it is written.
type Page struct {
	Document   string // MedicationList, HealthCheck, Conditions, ReferralLetter or Correspondence
	Title      string
	Citizen    Citizen
	Facts      []Fact   // when and by whom
	Warnings   []string // to be read before anything else
	CAVE       []string // allergies and CAVE as told
	Referral   *Referral
	Medication *Medication
	Check      *Check
	Conditions []Condition
	Thread     *Thread
	Unshown    []string // what the document holds and the page does not show
	Originals  []string // the untouched originals that lie in the document
}

// Citizen is whom the document is about.
type Citizen struct {
	Name   string
	ID     string // with a hyphen, for the page only
	IDName string // CPR-nr., or which replacement of it
	Birth  string

	Protected string // which protection of name and address the citizen has
}

// Fact is one line of the head of the page, or of the small print of a line.
type Fact struct{ Name, Text string }

// Medication is the medication list.
type Medication struct {
	Read       string // when the list was read
	Age        string // how long ago that was; empty when not judged, or kept
	days       int    // the same, where it is judged
	Old        string // GAMMEL KOPI, where it is too long ago or not known
	FMK        bool   // the list, or a line of it, is a copy of FMK
	By         string
	Version    string
	Empty      string // why it has no lines
	Withheld   int    // lines held back because the citizen marked them private
	Incomplete bool   // the structured dosage of a line is not whole
	Notes      []string
	Clock      bool    // a dose is given at a time of the clock
	Fixed      []*Drug // now, at fixed times or by the text
	Needed     []*Drug // now, as needed
	Later      []*Drug // begins in the future
	Paused     []*Drug
	Ended      []*Drug
	Unclear    []*Drug // the status is not known
	Events     []Event
}

// Drug is one line of the medication list.
type Drug struct {
	Name, Strength, Form string
	ATC                  string
	Route                string
	Status               string // said where the line stands apart
	Why                  string // why it is paused or ended
	Pause                string // from when to when it is paused
	Flag                 string // Ny, Ændret, Ophørt since the last list
	Origin               string // FMK or Lokal
	Marks                []Mark
	Texts                []Fact // the dosage in the sender's own words
	Doses                []Fact // those of them that tell the dose, one for each dosage that has words
	Indication           string
	Treatment            string  // from when to when
	Small                []Fact  // who, when, notes
	Regime               *Regime // nil unless the dosage is whole and simple
	AsText               string  // why the dosage is shown as text only
	PRN                  []PRN
	Fixed                bool
	Private              bool
}

// Mark is a short remark on a line. Level is one of alert, warn, note.
type Mark struct{ Level, Text string }

// Regime is the dose of one day by its times, as it was written.
type Regime struct {
	Morning, Noon, Evening, Night string
	Clock                         []Fact // at 8.00: 1 stk
}

// PRN is a dose as needed.
type PRN struct {
	Dose string // empty: see the text
	For  string // the trigger
	Max  string
}

// Event is a fact of giving medicine.
type Event struct {
	When, Drug, What, Dose, Needed, Effect, By string
	Given                                      bool
	Private                                    bool
}

// Check is the health check.
type Check struct {
	Assessment string
	By         string
	Groups     []Group
	Screenings []Screening
}

// Group is the measurements of one kind. When and By are what all of them share,
// and what a row then does not repeat.
type Group struct {
	Title string
	When  string
	By    string
	Rows  []*Measurement
}

// Measurement is the latest observation of one item.
type Measurement struct {
	Name   string
	Parts  []Part
	Joined string // a blood pressure as 142/88 mmHg
	When   string
	By     string
	Marks  []Mark // preliminary, corrected
	Small  []Fact

	Private bool
}

// Part is one value of a measurement; a blood pressure has two. Past holds the
// earlier values, latest first.
type Part struct {
	Name  string // empty when there is one
	Value string
	Prose bool   // the value is words
	Mark  *Mark  // what the source says of the value
	Range string // what the source refers it to
	Trend string // ↑ ↓ →, from the first of Past
	Past  []Past
}

// Past is an earlier value of the same item.
type Past struct{ Value, When string }

// Screening is an answered form.
type Screening struct {
	Title  string
	By     string
	When   string
	Groups []Answers
	Nos    []string // asked and answered no
	Maybes []string // asked and not known
	Blank  int      // asked and not answered
	Odd    int      // answers that are not as the form has it

	at map[string]int // title → group
}

// Answers is the answers under one heading of a form.
type Answers struct {
	Title string
	Rows  []Fact
}

// Condition is a state of the citizen, found by a professional.
type Condition struct {
	Name   string
	Also   []string // the same in other code systems
	Status string
	Level  string
	When   string
	Small  []Fact

	Private bool
}
