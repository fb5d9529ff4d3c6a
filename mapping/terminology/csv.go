package terminology

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
)

// record is one row of a table, with the place it was read from.
type record struct {
	file  string
	line  int
	cells []string
}

// place names the row for people: file:line.
func (r record) place() string { return r.file + ":" + strconv.Itoa(r.line) }

// bad is an error at the row.
func (r record) bad(kind mapping.Kind, message string) *mapping.Error {
	return &mapping.Error{Kind: kind, Path: r.place(), Message: message}
}

// read reads a table whose header must be exactly the columns.
func read(fsys fs.FS, file string, columns ...string) ([]record, []*mapping.Error) {
	f, err := fsys.Open(file)
	if err != nil {
		return nil, []*mapping.Error{{Kind: mapping.NotFound, Path: file, Message: "the table is missing", Err: err}}
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = len(columns)
	var rows []record
	for {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, []*mapping.Error{malformed(file, columns, err)}
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, record{file: file, line: line, cells: cells})
	}
	if len(rows) == 0 || !slices.Equal(rows[0].cells, columns) {
		return nil, []*mapping.Error{{Kind: mapping.Structure, Path: file + ":1", Message: "the header must be " + strings.Join(columns, ",")}}
	}
	return rows[1:], nil
}

// malformed is the error of a row that is no CSV or has other columns.
func malformed(file string, columns []string, err error) *mapping.Error {
	var at *csv.ParseError
	if errors.As(err, &at) {
		file += ":" + strconv.Itoa(at.Line)
	}
	return &mapping.Error{Kind: mapping.Structure, Path: file, Message: "not a row of CSV with the columns " + strings.Join(columns, ","), Err: err}
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
