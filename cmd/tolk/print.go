package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"tolk/mapping"
)

// encode writes a value as JSON for people and programs: indented, and with
// letters as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, &mapping.Error{Kind: mapping.Exception, Message: "the answer cannot be written as JSON", Err: err}
	}
	return b.Bytes(), nil
}

// emit writes data to stdout; a reader that has gone is an error.
func emit(stdout io.Writer, data []byte) error {
	if _, err := stdout.Write(data); err != nil {
		return &mapping.Error{Kind: mapping.NotFound, Path: "stdout", Message: "writing stopped before the end", Err: err}
	}
	return nil
}

// emitJSON writes a value to stdout as JSON.
func emitJSON(stdout io.Writer, v any) error {
	text, err := encode(v)
	if err != nil {
		return err
	}
	return emit(stdout, text)
}

// count writes a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
