package ledger

import (
	"fmt"
	"testing"
	"time"
)

// Wherever one looks from, a place is found whole; one that is not there is the
// document.
func TestWayBack(t *testing.T) {
	l := &Ledger{lines: []Line{{Path: "S.a"}}, origins: []Origin{
		{Path: "B.e[0].x", Source: "S.a"}, {Path: "B.e[1].x", Source: "S.b[0].c"}, {Path: "B.e[1].y"},
		{Path: "B.e[1].z", Source: "S.b[0].d"}, {Path: "B.e[10].x", Source: "S.q"}}}
	w := wayBack{ledger: l}
	for range 2 {
		for _, c := range [][2]string{{"B.e[10]", "S.q"}, {"B.e[1].z", "S.b[0].d"}, {"B.e[1]", "S.b[0]"}, {"B.e[1].y", "S"},
			{"B.e[7]", "S"}, {"B.e[0]", "S.a"}, {"B", "S"}} {
			if got := w.place(c[0]); got != c[1] {
				t.Errorf("%s: got %s, want %s", c[0], got, c[1])
			}
			if got := l.Back(c[0]); got != c[1] {
				t.Errorf("%s, alone: got %s, want %s", c[0], got, c[1])
			}
		}
	}
}

// A finding on each of 50,000 entries: a moment, or a minute.
func TestReturnOfManyFindings(t *testing.T) {
	const many = 50_000
	l, j := &Ledger{lines: []Line{{Path: "S.a"}}}, Judgement{}
	for i := range many {
		l.origins = append(l.origins, Origin{Path: fmt.Sprintf("Bundle.entry[%d].x", i), Source: fmt.Sprintf("S.b[%d]", i)})
		j.Notices = append(j.Notices, Notice{Path: fmt.Sprintf("Bundle.entry[%d]", i)})
	}
	start := time.Now()
	l.Return(&j)
	if got, want := j.Notices[many-1].Path, fmt.Sprintf("S.b[%d]", many-1); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
