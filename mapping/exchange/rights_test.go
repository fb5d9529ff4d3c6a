package exchange

import (
	"errors"
	"strings"
	"testing"

	"tolk/mapping"
)

// town has two tenants: one with two clients, of which the second has rights, and
// another.
func callers() map[string]Caller {
	c := &Config{
		Clients: []Client{
			{ID: "bosted", Tenant: "social", Rights: []Right{Send, Receive}},
			{ID: "leder", Tenant: "social", Rights: []Right{Log, Read, Operate, Delete}},
			{ID: "vagt", Tenant: "social", Rights: []Right{Log}},
			{ID: "laege", Tenant: "praksis", Rights: []Right{Receive}},
			{ID: "fremmed", Tenant: "andre", Rights: Rights()},
		},
		Receivers: []Receiver{
			{Name: "laege-boks", Client: "laege", Mailbox: &Mailbox{}},
			{Name: "bosted-boks", Client: "bosted", Mailbox: &Mailbox{}},
			{Name: "mappe", Folder: &Folder{}},
		},
	}
	all := map[string]Caller{"nobody": {}, "operator": {Config: c, Operator: "root"}, "bare": {Client: &c.Clients[0]}}
	for i := range c.Clients {
		all[c.Clients[i].ID] = Caller{Client: &c.Clients[i], Config: c}
	}
	return all
}

// kindOf is the kind of an error, "" of none.
func kindOf(t *testing.T, err error) mapping.Kind {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *mapping.Error
	if !errors.As(err, &e) || e.Message == "" {
		t.Fatalf("got %v", err)
	}
	return e.Kind
}

const (
	may       = mapping.Kind("")
	mayNot    = mapping.Security
	seesNone  = mapping.NotFound
	toLaege   = "laege-boks"
	toBosted  = "bosted-boks"
	fromOther = "fremmed"
)

func TestSeesReadsActs(t *testing.T) {
	all := callers()
	sent := Object{Sender: "bosted", Tenant: "social", Receivers: []string{toLaege, "mappe"}}
	attached := sent
	attached.Residue = Attach
	received := Object{Sender: fromOther, Tenant: "andre", Receivers: []string{toBosted}}
	for _, tt := range []struct {
		who            string
		o              Object
		part, receiver string
		sees, reads    mapping.Kind
		acts           mapping.Kind // Operate
	}{
		{"nobody", sent, Original, "", seesNone, seesNone, seesNone},
		{"nobody", Object{}, Original, "", seesNone, seesNone, seesNone},
		{"operator", sent, Original, "", may, may, may},
		{"bosted", sent, Original, "", may, may, mayNot},
		{"bosted", sent, Ledger, toLaege, may, may, mayNot},
		{"bosted", sent, Residue, toLaege, may, may, mayNot},
		{"bare", sent, Answer, toLaege, may, may, mayNot},
		{"bare", received, Translation, toBosted, seesNone, seesNone, seesNone},
		{"laege", sent, Translation, toLaege, may, may, mayNot},
		{"laege", sent, Answer, toLaege, may, may, mayNot},
		{"laege", sent, Translation, "mappe", may, mayNot, mayNot},
		{"laege", sent, Translation, "nowhere", may, mayNot, mayNot},
		{"laege", sent, Original, "", may, mayNot, mayNot},
		{"laege", sent, Ledger, toLaege, may, mayNot, mayNot},
		{"laege", sent, Residue, toLaege, may, mayNot, mayNot},
		{"laege", attached, Residue, toLaege, may, may, mayNot},
		{"laege", received, Translation, toBosted, seesNone, seesNone, seesNone},
		{"vagt", sent, Original, "", may, mayNot, mayNot},
		{"vagt", received, Translation, toBosted, may, mayNot, mayNot},
		{"leder", sent, Original, "", may, may, may},
		{"leder", sent, Residue, toLaege, may, may, may},
		{"leder", received, Translation, toBosted, may, may, mayNot},
		{"leder", received, Original, "", may, mayNot, mayNot},
		{"fremmed", sent, Original, "", seesNone, seesNone, seesNone},
		{"fremmed", sent, Translation, toLaege, seesNone, seesNone, seesNone},
		{"fremmed", received, Original, "", may, may, may},
	} {
		who := all[tt.who]
		if got := kindOf(t, who.Sees(tt.o)); got != tt.sees {
			t.Errorf("%s sees %v: got %q, want %q", tt.who, tt.o, got, tt.sees)
		}
		if got := kindOf(t, who.Reads(tt.o, tt.part, tt.receiver)); got != tt.reads {
			t.Errorf("%s reads %s of %v for %s: got %q, want %q", tt.who, tt.part, tt.o, tt.receiver, got, tt.reads)
		}
		if got := kindOf(t, who.Acts(tt.o, Operate)); got != tt.acts {
			t.Errorf("%s acts on %v: got %q, want %q", tt.who, tt.o, got, tt.acts)
		}
	}
}

// A receiver that is nobody's makes nobody a receiver.
func TestNobodysReceiver(t *testing.T) {
	c := &Config{Clients: []Client{{ID: ""}}, Receivers: []Receiver{{Name: "mappe", Folder: &Folder{}}}}
	who := Caller{Client: &c.Clients[0], Config: c}
	if err := who.Sees(Object{Sender: "x", Tenant: "y", Receivers: []string{"mappe"}}); kindOf(t, err) != seesNone {
		t.Errorf("got %v", err)
	}
}

func TestMay(t *testing.T) {
	all := callers()
	for _, tt := range []struct {
		who  string
		may  []Right
		name string
		of   string
	}{
		{"nobody", nil, "", ""},
		{"operator", Rights(), "operator:root", ""},
		{"bosted", []Right{Send, Receive}, "bosted", "social"},
		{"vagt", []Right{Log}, "vagt", "social"},
		{"fremmed", Rights(), "fremmed", "andre"},
	} {
		who := all[tt.who]
		if who.Name() != tt.name || who.Tenant() != tt.of {
			t.Errorf("%s: got %q of %q", tt.who, who.Name(), who.Tenant())
		}
		for _, r := range Rights() {
			want := mayNot
			for _, has := range tt.may {
				if has == r {
					want = may
				}
			}
			if got := kindOf(t, who.May(r)); got != want {
				t.Errorf("%s, %s: got %q, want %q", tt.who, r, got, want)
			}
		}
	}
	// Who came in as a client has the rights of the client, and no others.
	both := all["vagt"]
	both.Operator = "root"
	if err := both.May(Delete); kindOf(t, err) != mayNot || both.Name() != "vagt" {
		t.Errorf("got %v, %q", err, both.Name())
	}
}

func TestMailbox(t *testing.T) {
	all := callers()
	for _, tt := range []struct {
		who, box string
		want     mapping.Kind
	}{
		{"bosted", toBosted, may}, {"laege", toLaege, may},
		{"bosted", toLaege, seesNone}, {"bosted", "mappe", seesNone}, {"bosted", "", seesNone}, {"fremmed", toBosted, seesNone},
		{"leder", toBosted, mayNot}, {"nobody", toBosted, mayNot}, {"operator", toBosted, seesNone}, {"bare", toBosted, seesNone},
	} {
		r, err := all[tt.who].Mailbox(tt.box)
		if got := kindOf(t, err); got != tt.want || (r == nil) != (err != nil) {
			t.Errorf("%s from %s: got %v, %v", tt.who, tt.box, r, err)
		}
	}
}

// What is not the caller's fault says what he should do, and never what it was.
func TestLater(t *testing.T) {
	cause := errors.New("disk sda1 of 2509479989")
	for _, l := range []*Later{{Err: cause}, {Err: cause, Full: true}} {
		if text := l.Error(); !errors.Is(l, cause) || citizen(text) || !strings.Contains(text, "sends it again later") || strings.Contains(text, "disk") != l.Full {
			t.Errorf("got %q", text)
		}
	}
}
