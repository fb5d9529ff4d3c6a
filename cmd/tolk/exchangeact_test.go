package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// An answer that was cut at its limit never looks complete.
func TestActedSaysWhetherThereIsMore(t *testing.T) {
	for text, want := range map[string]bool{
		`{"more":true,"done":[{"id":"a","did":"rerun"}]}`: true,
		`{"done":[{"id":"a","did":"rerun"}]}`:             false,
	} {
		var stdout, stderr bytes.Buffer
		cmd := &cobra.Command{}
		cmd.SetOut(&stdout)
		cmd.SetErr(&stderr)
		if err := acted(cmd, []byte(text), false, false, "rerun"); err != nil || stdout.Len() == 0 {
			t.Errorf("%s: got %v, %q", text, err, &stdout)
		}
		if got := strings.Contains(stderr.String(), "there may be more"); got != want {
			t.Errorf("%s: got %q", text, &stderr)
		}
	}
}
