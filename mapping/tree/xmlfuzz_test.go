package tree

import (
	"strings"
	"testing"
)

// FuzzParseXML: no text makes ParseXML panic; what it accepts the standard
// library reads as the same; and every leaf has a path and a place.
func FuzzParseXML(f *testing.F) {
	for _, src := range []string{
		`<?xml version="1.0" encoding="UTF-8"?><!--c--><a xmlns="u" xmlns:p="v" p:b='1&amp;2'>t<b/>t<![CDATA[<]]><!--c--><?p d?></a>`,
		"<a>\r\n<b>&#x41;&lt;\r</b><b c=\"\r\n\t\"/></a><!--d-->",
		`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`,
		`<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="da"/>`,
		"\uFEFF<æ/>", `<a><b></a></b>`, `<a b="1" b="2"/>`, `<p:a xmlns:p=""/>`, `<a>]]></a>`, `<a/><a/>`,
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		src, _, err := DecodeXML(b)
		if err != nil {
			return
		}
		d, err := ParseXML(src, Limits{})
		if err != nil {
			refusedXML(t, src, Limits{})
			return
		}
		checkXMLPaths(t, src, d)
		for n := range ID(d.Len()) {
			if raw := d.Raw(n); len(d.Text(n)) > len(raw) {
				t.Errorf("%q says more than %q", d.Text(n), raw)
			}
		}
		want, err := oracle(strings.TrimPrefix(src, "\uFEFF")) // to it the mark is text
		if err != nil {
			return // it has gaps of its own: names beyond its table, targets of instructions
		}
		if diff := differ(events(d), want); diff != "" {
			t.Errorf("%q: %s", src, diff)
		}
		again := parseXML(t, d.Element(d.Root()))
		if again.Len() > d.Len() {
			t.Errorf("%q: %d nodes, its root alone %d", src, d.Len(), again.Len())
		}
	})
}
