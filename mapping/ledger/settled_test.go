package ledger

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"tolk/mapping/tree"
)

// wroteBy is a document written from another: two of its leaves carried, one made
// anew, an empty object kept, and an empty list said as a text.
func wroteBy(t *testing.T, name string) (source string, target []byte, l *Ledger) {
	t.Helper()
	source = `{"resourceType":"Basic","name":"` + name + `","none":{}}`
	doc, err := tree.Parse(source, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	out := tree.NewOut(8)
	root := out.Object(tree.NoOut, "")
	at := func(key string) tree.ID { return doc.Child(doc.Root(), key) }
	out.Copy(root, "resourceType", doc, at("resourceType"), 1)
	out.Text(root, "said", name, at("name"), 1)
	out.Copy(root, "none", doc, at("none"), 1)
	out.Text(root, "made", "of us", tree.None, 1)
	out.Leaf(root, "list", "[]", tree.None, 1)
	target = out.Append(nil, root)
	l = &Ledger{From: "a", To: "b"}
	l.Account(doc, out, func(tree.ID) Fate { return Carried },
		func(_ tree.ID, line *Line) { line.Fate, line.Rule = Carried.String(), "r" },
		func(_ tree.OutID, _ int32, o *Origin) { o.From, o.Rule = FromConstant, "r" })
	return source, target, l
}

// A ledger whose Out is done with says the same as before.
func TestSettled(t *testing.T) {
	source, target, before := wroteBy(t, "Bruno Test Elmer")
	_, _, after := wroteBy(t, "Bruno Test Elmer")
	raws := before.record.raws()
	if err := after.Settle(source, target); err != nil {
		t.Fatal(err)
	}
	if doc := after.Target(); doc == nil || doc.Source() != string(target) {
		t.Error("what the auditor read is not kept")
	}
	if got := after.record.raws(); fmt.Sprint(got) != fmt.Sprint(raws) {
		t.Errorf("got %q, want %q", got, raws)
	}
	for range 2 { // as it is kept, and spelled out
		if err := AuditBytes(source, target, after); err != nil {
			t.Error(err)
		}
		other := []byte(strings.Replace(string(target), `"said"`, `"sang"`, 1))
		if err := AuditBytes(source, other, after); err == nil || !strings.Contains(err.Error(), "invented") {
			t.Errorf("another document passes: %v", err)
		}
		other = []byte(strings.Replace(string(target), "Bruno", "Brita", 1))
		if err := AuditBytes(source, other, after); err == nil {
			t.Error("another value passes")
		}
		after.spell()
	}
	if !reflect.DeepEqual(after.Lines(), before.Lines()) || !reflect.DeepEqual(after.Origins(), before.Origins()) {
		t.Errorf("got %v %v, want %v %v", after.Lines(), after.Origins(), before.Lines(), before.Origins())
	}
	if err := after.Settle(source, target); err != nil || after.Target() != nil { // which is no record any more
		t.Errorf("spelled out: %v", err)
	}
}

// A target that its ledger does not tell of is not settled, and is not kept.
func TestSettleRefuses(t *testing.T) {
	source, target, _ := wroteBy(t, "Bruno Test Elmer")
	for _, other := range []string{
		strings.Replace(string(target), "Bruno", "Brita", 1),
		strings.Replace(string(target), `"said"`, `"sang"`, 1),
		strings.Replace(string(target), `"made"`, `"more":1,"made"`, 1),
		strings.TrimSuffix(string(target), "}"),
	} {
		_, _, l := wroteBy(t, "Bruno Test Elmer")
		refused(t, l.Settle(source, []byte(other)))
		if l.Target() != nil {
			t.Errorf("%s is kept", other)
		}
	}
	_, _, l := wroteBy(t, "Bruno Test Elmer")
	refused(t, l.Settle(strings.Replace(source, `"none"`, `"some"`, 1), target))
}

// What nothing is said of has no fate and no origin: not those of the leaf before.
func TestAccountOfNothing(t *testing.T) {
	source, target, said := wroteBy(t, "Bruno Test Elmer")
	every := said.record.target
	said.record.target = func(leaf tree.OutID, rule int32, o *Origin) {
		if said.record.wrote.(*writing).out.Raw(leaf) != `"of us"` {
			every(leaf, rule, o)
		}
	}
	if err := AuditBytes(source, target, said); err == nil || !strings.Contains(err.Error(), "no origin") {
		t.Errorf("a leaf of no origin: %v", err)
	}
	source, target, said = wroteBy(t, "Bruno Test Elmer")
	lines, last := said.record.source, said.record.leaves[2]
	said.record.source = func(leaf tree.ID, line *Line) {
		if leaf != last {
			lines(leaf, line)
		}
	}
	if err := AuditBytes(source, target, said); err == nil {
		t.Error("a leaf of no fate passes")
	}
}

// Auditors work beside each other, one after the other with the same memory, and keep
// nothing of what they looked at.
func TestAuditorsKeepNothing(t *testing.T) {
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for k := range 50 {
				name := strings.Repeat(fmt.Sprint("citizen ", i), 1+k%7)
				source, target, l := wroteBy(t, name)
				if k%5 == 4 {
					target = []byte(strings.Replace(string(target), name, name+"!", 1))
				}
				if err := AuditBytes(source, target, l); (err != nil) != (k%5 == 4) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	all.Wait()
	a := <-auditors
	for _, reader := range []*tree.Reader{&a.sourceReader, &a.targetReader} {
		if last := reflect.ValueOf(reader).Elem().FieldByName("last"); !last.IsNil() {
			t.Error("a reader of an auditor that rests still holds a document")
		}
	}
	if a.source != nil || a.target != nil || a.account != nil || a.counted != nil || a.lines != 0 || a.origins != 0 {
		t.Error("an auditor that rests still holds a document")
	}
	a.rest()
}

// What a document of uncommon size took is let go of.
func TestAuditorsKeepLittle(t *testing.T) {
	source := "[" + strings.Repeat("1,", mostKept) + "1]"
	for range cap(auditors) + 1 {
		if err := Audit(source, "{}", &Ledger{}); err == nil || !strings.Contains(err.Error(), "0 lines for") {
			t.Fatalf("got %v", err)
		}
	}
	for range cap(auditors) {
		select {
		case a := <-auditors:
			if n := a.sourceReader.Size() + a.targetReader.Size(); n > mostKept {
				t.Errorf("an auditor keeps memory for %d nodes", n)
			}
			defer a.rest()
		default:
		}
	}
}
