package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tolk/fixtures"
)

// zippedFolder is a folder as an archive.
func zippedFolder(dir string) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if err := z.AddFS(os.DirFS(dir)); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}

// zip FILE DIR writes a folder into an archive.
func zipFolder(ts *testscript.TestScript, _ bool, args []string) {
	text, err := zippedFolder(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}

// The worked examples hold over HTTP as they do from a folder.
func TestServeTests(t *testing.T) {
	s := start(t)
	archive, err := zippedFolder("../../fixtures/sundhedstjek")
	if err != nil {
		t.Fatal(err)
	}
	// The archive begins below the kind of document, and is told so.
	if code, _, text := s.send(t, "/v1/test", "application/zip", string(archive)); code != http.StatusOK || !bytes.Contains([]byte(text), []byte("the folder of its kind of document is missing around it")) {
		t.Errorf("got %d %.300s", code, text)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"input.json", "output.json", "ledger.json", "case.yaml"} {
		w, err := z.Create("tilstande/ffb-to-fsiii/spise/" + name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open("../../fixtures/tilstande/ffb-to-fsiii/ad-niveau-til-hjemmepleje/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, f); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	code, _, text := s.send(t, "/v1/test", "application/zip", b.String())
	var got fixtures.Answer
	if err := json.Unmarshal([]byte(text), &got); err != nil || code != http.StatusOK || got.Summary.Cases != 1 || got.Summary.OK != 1 {
		t.Errorf("got %d %.500s: %v", code, text, err)
	}
}
