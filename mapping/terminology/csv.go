package terminology

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
)

// record is one row of a table, with the place it was read from.
type record struct {
	file  string
	line  int
	cells []string
	from  *table
}

// table is a file of rows as it stands: to find the column of a fault, which is
// looked for when there is one.
type table struct {
	text    string
	columns []string
	// fields are the places of the fields, by the line their row begins on: read
	// when the first fault is told.
	fields map[int][]place
}

// place is a line of a table and a letter in it, both from 1.
type place struct{ line, column int }

// places reads where the fields of a table stand.
func (t *table) places() map[int][]place {
	if t.fields != nil {
		return t.fields
	}
	t.fields = map[int][]place{}
	lines := strings.Split(t.text, "\n")
	r := csv.NewReader(strings.NewReader(t.text))
	for {
		cells, err := r.Read()
		if err != nil {
			return t.fields
		}
		first, _ := r.FieldPos(0)
		for i := range cells {
			line, column := r.FieldPos(i)
			t.fields[first] = append(t.fields[first], place{line, utf8.RuneCountInString(lines[line-1][:column-1]) + 1})
		}
	}
}

// place names the row for people: file:line.
func (r record) place() string { return r.file + ":" + strconv.Itoa(r.line) }

// bad is an error at the row: file:line:column, of the field that the message
// begins with the name of, as in "target: required".
func (r record) bad(kind mapping.Kind, message string) *mapping.Error {
	line, column := r.where(message)
	return &mapping.Error{Kind: kind, Path: fmt.Sprintf("%s:%d:%d", r.file, line, column), Message: message}
}

// where tells the line of the field that a message is about, and the letter in it
// that the field begins with, both from 1.
func (r record) where(message string) (line, column int) {
	name, _, _ := strings.Cut(message, ":")
	name, _, _ = strings.Cut(name, ",")
	name, _, _ = strings.Cut(name, " and ")
	i, fields := slices.Index(r.from.columns, name), r.from.places()[r.line]
	if i < 0 || i >= len(fields) {
		return r.line, 1
	}
	return fields[i].line, fields[i].column
}

// lineOf returns a line of a text, counted from 1.
func lineOf(text string, line int) string {
	for range line - 1 {
		_, text, _ = strings.Cut(text, "\n")
	}
	first, _, _ := strings.Cut(text, "\n")
	return first
}

// read reads a table whose header must be exactly the columns.
func read(fsys fs.FS, file string, columns ...string) ([]record, []*mapping.Error) {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, []*mapping.Error{{Kind: mapping.NotFound, Path: file, Message: "the table is missing", Err: err}}
	}
	if line, column, message := mapping.Encoded(string(text)); message != "" {
		return nil, []*mapping.Error{{Kind: mapping.Structure, Path: fmt.Sprintf("%s:%d:%d", file, line, column), Message: message}}
	}
	from := &table{text: string(text), columns: columns}
	r := csv.NewReader(strings.NewReader(from.text))
	r.FieldsPerRecord = len(columns)
	var rows []record
	for {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, []*mapping.Error{malformed(file, from.text, columns, err)}
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, record{file: file, line: line, cells: cells, from: from})
	}
	if len(rows) == 0 || !slices.Equal(rows[0].cells, columns) {
		return nil, []*mapping.Error{{Kind: mapping.Structure, Path: file + ":1:1", Message: "the header must be " + strings.Join(columns, ",") + otherwise(from.text, columns)}}
	}
	return rows[1:], nil
}

// otherwise tells what spreadsheets make of a header, or which column has another
// name.
func otherwise(text string, columns []string) string {
	header, _, _ := strings.Cut(text, "\n")
	switch header = strings.TrimSuffix(header, "\r"); {
	case strings.Count(header, ";") >= len(columns)-1:
		return "; the columns are apart by ';', expected ','"
	}
	for _, name := range strings.Split(header, ",") {
		if !slices.Contains(columns, name) {
			return mapping.Meant(name, columns)
		}
	}
	return ""
}

// malformed is the error of a row that is no CSV or has other columns.
func malformed(file, text string, columns []string, err error) *mapping.Error {
	message := "not a row of CSV with the columns " + strings.Join(columns, ",")
	var at *csv.ParseError
	if errors.As(err, &at) {
		if line, column, open := unclosed(text, at); open {
			file += ":" + strconv.Itoa(line) + ":" + strconv.Itoa(column)
			return &mapping.Error{Kind: mapping.Structure, Path: file, Message: "the quote that opens here is not closed", Err: err}
		}
		column := 1
		if line := lineOf(text, at.Line); errors.Is(err, csv.ErrBareQuote) || errors.Is(err, csv.ErrQuote) {
			column = utf8.RuneCountInString(line[:min(at.Column-1, len(line))]) + 1
			message = "a text with quotes stands in quotes, and each in it twice: \"a \"\"word\"\"\""
			if at.StartLine != at.Line {
				message += "; the row begins on line " + strconv.Itoa(at.StartLine)
			}
		}
		file += ":" + strconv.Itoa(at.Line) + ":" + strconv.Itoa(column)
		if at.Line == 1 {
			message += otherwise(text, columns)
		}
	}
	return &mapping.Error{Kind: mapping.Structure, Path: file, Message: message, Err: err}
}

// unclosed tells where the quote stands that opened the field of a fault and that
// nothing closes: no other quote, or one of a later line.
func unclosed(text string, at *csv.ParseError) (line, column int, open bool) {
	if !errors.Is(at, csv.ErrQuote) {
		return 0, 0, false
	}
	lines := strings.SplitAfter(text, "\n")
	row := strings.Join(lines[at.StartLine-1:], "")
	i := 0
	for strings.HasPrefix(row[i:], "\"") || strings.ContainsAny(row[i:], ",\n") {
		if !strings.HasPrefix(row[i:], "\"") {
			i += strings.IndexAny(row[i:], ",\n") + 1
			continue
		}
		end := closing(row, i)
		if rest := strings.TrimPrefix(row[min(end+1, len(row)):], "\r"); end < len(row) && (rest == "" || rest[0] == ',' || rest[0] == '\n') {
			i = len(row) - len(rest) + min(1, len(rest))
			continue
		}
		before := row[:i]
		line = at.StartLine + strings.Count(before, "\n")
		column = utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:]) + 1
		return line, column, end == len(row) || strings.Contains(row[i:end], "\n")
	}
	return 0, 0, false
}

// closing is where the quote stands that closes the one at i, the end of the text
// where none does.
func closing(text string, i int) int {
	for i++; i < len(text); i++ {
		switch {
		case text[i] != '"':
		case strings.HasPrefix(text[i+1:], "\""):
			i++
		default:
			return i
		}
	}
	return len(text)
}

// head returns the first line of a table, empty when there is none.
func head(fsys fs.FS, file string) string {
	f, err := fsys.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	line, _ := bufio.NewReader(f).ReadString('\n')
	return strings.TrimRight(line, "\r\n")
}
