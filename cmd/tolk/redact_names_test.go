package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// What is planted in the name of an element, in a tag, in the name of an attribute, in
// an address: no standard has such a name, and each has the shape of one that has.
var (
	namePlants = []string{"zebravang", "KanarieZebravang", "zebravang_7777777777", "kanarie-zebravang"}
	hostPlants = []string{"https://zebravang.dk/fhir", "http://fhir.kl.dk/core/StructureDefinition/KanarieZebravang", "http://medcomfhir.dk/ig/zebravang",
		"https://www.gs1.org/zebravang", "urn:tolk:StructureDefinition:zebravang", "urn:dk:healthcare:medcom:zebravang", "http://hl7.org/fhir/StructureDefinition/patient-zebravang",
		"https://kanarie:zebravang@hl7.org/fhir", "http://fhir.kl.dk/term/CodeSystem/NPU|1.zebravang", "http://hl7.org/fhir/zebravang?name=kanarie#zebravang"}
	startTag = regexp.MustCompile(`<[A-Za-z][^\s/>!?]*`)
	webIn    = regexp.MustCompile(`"(?:https?://|urn:tolk:)[^"\s\\]*"`)
	spaceIn  = regexp.MustCompile(`xmlns="[^"]*"`)
)

// plantedName plants a name or an address somewhere in a document, and says what it is.
func plantedName(text, where string, of *rand.Rand) (string, bool) {
	name := namePlants[of.IntN(len(namePlants))]
	at := func(found [][]int) []int {
		if len(found) == 0 {
			return nil
		}
		return found[of.IntN(len(found))]
	}
	xml := tree.IsXML(text)
	switch where {
	case "member":
		if xml {
			return "", false
		}
		if i := at(regexp.MustCompile(`[{]\s*"`).FindAllStringIndex(text, -1)); i != nil {
			return text[:i[0]+1] + tree.Quote(name) + `:{"Kanarie Zebravang":[{"_` + name + `":true}]},` + text[i[0]+1:], true
		}
	case "element":
		if i := at(startTag.FindAllStringIndex(text, -1)); xml && i != nil {
			return text[:i[0]] + "<" + name + " " + name + `="1"><` + name + "/>7</" + name + ">" + text[i[0]:], true
		}
	case "attribute":
		if i := at(startTag.FindAllStringIndex(text, -1)); xml && i != nil {
			return text[:i[1]] + " " + name + `="1"` + text[i[1]:], true
		}
	case "narrative":
		if i := at(regexp.MustCompile(`<div [^>]*>`).FindAllStringIndex(text, -1)); !xml && i != nil {
			return text[:i[1]] + "<" + name + " " + name + "='1'>x</" + name + "><p " + name + "='2'>x</p>" + text[i[1]:], true
		}
	case "address":
		if i := at(webIn.FindAllStringIndex(text, -1)); !xml && i != nil {
			return text[:i[0]] + tree.Quote(hostPlants[of.IntN(len(hostPlants))]) + text[i[1]:], true
		}
	case "namespace":
		if i := at(spaceIn.FindAllStringIndex(text, -1)); xml && i != nil {
			return text[:i[0]] + `xmlns:` + name + `="` + hostPlants[of.IntN(len(hostPlants))] + `" ` + name + `:status="1" ` + text[i[0]:], true
		}
	}
	return "", false
}

// Whatever a name of an element, of an attribute or of a namespace says, or a part of an
// address, is gone, from the document and from what is told of it.
func TestRedactCanaryNames(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	of := rand.New(rand.NewPCG(11, 7))
	tried := map[string]int{}
	for _, g := range everythingGiven(t) {
		for _, where := range []string{"member", "element", "attribute", "narrative", "address", "namespace"} {
			text, ok := plantedName(g.text, where, of)
			if !ok {
				continue
			}
			r, err := redacted(t, c, text, "")
			var e *mapping.Error
			if errors.As(err, &e) {
				if said := strings.ToLower(fmt.Sprintf("%+v", *e)); strings.Contains(said, "zebra") || strings.Contains(said, "kanarie") {
					t.Errorf("%s: %s: the error tells what was planted: %v", g.name, where, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %s: %v", g.name, where, err)
				continue
			}
			tried[where]++
			for _, p := range r.Replaced {
				if lower := strings.ToLower(p.Path); strings.Contains(lower, "zebra") || strings.Contains(lower, "kanarie") {
					t.Errorf("%s: %s: the report tells what was planted: %s", g.name, where, p.Path)
				}
			}
			for _, said := range append(saidInside(string(r.Output), true), string(r.Output)) {
				lower := strings.ToLower(said)
				for _, secret := range []string{"zebra", "kanarie", "7777777"} {
					if i := strings.Index(lower, secret); i >= 0 {
						t.Errorf("%s: %s: what was planted is left: %q", g.name, where, lower[max(0, i-60):min(len(lower), i+30)])
					}
				}
			}
		}
	}
	for where, fewest := range map[string]int{"member": 400, "element": 50, "attribute": 50, "narrative": 50, "address": 300, "namespace": 50} {
		if tried[where] < fewest {
			t.Errorf("%d documents were planted in: %s, want at least %d", tried[where], where, fewest)
		}
	}
}
