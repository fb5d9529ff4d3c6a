package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/rules"
)

// lintReport is what lint answers.
type lintReport struct {
	OK       bool      `json:"ok"`
	Summary  string    `json:"summary,omitempty"`
	Findings []finding `json:"findings,omitempty"`
}

// finding is something that is wrong, and where: line and column from 1, and 0 for
// a whole file. Columns are counted in letters.
type finding struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Source  string `json:"source,omitempty"` // the line, as it stands
}

// inFile is a place in a file: file:line:column, or without column or line.
var inFile = regexp.MustCompile(`^(.+?\.(?:csv|yaml))(?::([0-9]+))?(?::([0-9]+))?$`)

// inMap is a place in a file by the names of a map and of one of its rules.
var inMap = regexp.MustCompile(`^(.+?\.yaml): ([^/]+)(?:/(.+))?$`)

// add takes over errors about the files of a folder; folder is the one below it
// whose name their places leave out.
func (l *linter) add(files fs.FS, dir, folder string, err error) {
	for _, e := range faults(err) {
		f := finding{File: e.Path, Message: e.Message}
		if at := inFile.FindStringSubmatch(e.Path); at != nil {
			f.File = at[1]
			f.Line, _ = strconv.Atoi(at[2])
			f.Column, _ = strconv.Atoi(at[3])
			f.read(files, folder)
		} else if at := inMap.FindStringSubmatch(e.Path); at != nil {
			f.File, f.Message = at[1], strings.TrimPrefix(e.Path, at[1]+": ")+": "+f.Message
			text := f.read(files, folder)
			f.Line, f.Column = whereNamed(text, at[2], at[3])
			f.Line = lineBelow(text, f.Line, strings.Split(f.Message, ": ")[1])
			f.Source = nth(text, f.Line)
		}
		if filepath.Ext(f.File) == ".yaml" {
			f.Column = f.word()
		}
		f.File = filepath.Join(dir, f.File)
		if !slices.ContainsFunc(l.found, f.again) {
			l.found = append(l.found, f)
		}
	}
}

// read reads the file of a finding, which may stand in a folder below, and the line.
func (f *finding) read(files fs.FS, folder string) string {
	if _, err := fs.Stat(files, f.File); err != nil && folder != "" {
		f.File = path.Join(folder, f.File)
	}
	text, _ := fs.ReadFile(files, f.File)
	f.Source = nth(string(text), f.Line)
	return string(text)
}

// word is the column of the word that a message about a rule speaks of, as in
// "condition/severity: severty: no such element", where it stands in the line.
func (f *finding) word() int {
	for _, word := range strings.Split(f.Message, ": ")[1:] {
		if before := max(f.Column-1, 0); before < len(f.Source) {
			for i, r := 0, []rune(f.Source); i+len([]rune(word)) <= len(r); i++ {
				if i >= before && string(r[i:i+len([]rune(word))]) == word {
					return i + 1
				}
			}
		}
	}
	return f.Column
}

// again reports whether another finding is the same, of a rule that several maps
// share.
func (f *finding) again(other finding) bool {
	_, said, _ := strings.Cut(f.Message, ": ")
	_, before, _ := strings.Cut(other.Message, ": ")
	return f.File == other.File && f.Line > 0 && f.Line == other.Line && f.Column == other.Column && said != "" && said == before
}

// addStated takes over an error about a rule by its name on the ledger.
func (l *linter) addStated(files fs.FS, dir string, list []rules.File, err error) {
	for _, e := range faults(err) {
		at, ok := stated(list, e.Path)
		if !ok {
			l.add(files, dir, "", e)
			continue
		}
		name, number, _ := strings.Cut(at.Place, ":")
		if at.Site != nil {
			name = strings.TrimPrefix(name, at.Site.Site+"/")
		}
		f := finding{File: filepath.Join(dir, name), Message: e.Path + ": " + e.Message}
		f.Line, _ = strconv.Atoi(number)
		text, _ := fs.ReadFile(files, name)
		f.Source = nth(string(text), f.Line)
		f.Column = letter(f.Source, e.Value)
		l.found = append(l.found, f)
	}
}

// stated finds where a rule is stated, by its name.
func stated(list []rules.File, rule string) (rules.Statement, bool) {
	for _, f := range list {
		if at, ok := f.Stated(rule, true); ok && strings.Contains(rule, "/") {
			return at, true
		}
	}
	return rules.Statement{}, false
}

// faults lists the errors in an error.
func faults(err error) []*mapping.Error {
	var list rules.List
	var one *mapping.Error
	switch joined, ok := err.(interface{ Unwrap() []error }); {
	case err == nil:
		return nil
	case ok:
		var all []*mapping.Error
		for _, e := range joined.Unwrap() {
			all = append(all, faults(e)...)
		}
		return all
	case errors.As(err, &list):
		return list
	case errors.As(err, &one):
		return []*mapping.Error{one}
	}
	return []*mapping.Error{{Kind: mapping.Exception, Message: "cannot be read", Err: err}}
}

// whereNamed finds the line on which a map, or a rule of it, is named.
func whereNamed(text, of, rule string) (line, column int) {
	key, value := "map: ", of
	for i, l := range strings.Split(text, "\n") {
		at := strings.Index(l, key+value)
		if at < 0 || at+len(key+value) < len(l) && !strings.ContainsRune(",} \r", rune(l[at+len(key+value)])) {
			continue
		}
		line, column = i+1, utf8.RuneCountInString(l[:at])+1
		if key == "id: " || rule == "" {
			break
		}
		key, value = "id: ", rule
	}
	return line, column
}

// lineBelow finds the line of a map that has a word: the one that names the map, or
// one below it and before the next.
func lineBelow(text string, line int, word string) int {
	lines := strings.Split(text, "\n")
	for i := max(line-1, 0); i < len(lines) && (i < line || !strings.Contains(lines[i], "map: ")); i++ {
		if strings.Contains(lines[i], ": "+word) {
			return i + 1
		}
	}
	return line
}

// nth is a line of a text, from 1; empty where there is none.
func nth(text string, line int) string {
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	return strings.TrimSuffix(lines[line-1], "\r")
}

// letter tells where a word stands in a line, or else where the line begins.
func letter(line, word string) int {
	if i := strings.Index(line, word); word != "" && i >= 0 {
		return utf8.RuneCountInString(line[:i]) + 1
	}
	return utf8.RuneCountInString(line[:len(line)-len(strings.TrimLeft(line, " -"))]) + 1
}

// inOrder puts the findings of a file together, by their lines.
func inOrder(all []finding) []finding {
	files := map[string]int{}
	for _, f := range all {
		if _, ok := files[f.File]; !ok {
			files[f.File] = len(files)
		}
	}
	slices.SortStableFunc(all, func(a, b finding) int {
		return cmp.Or(cmp.Compare(files[a.File], files[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return all
}

// tell writes the findings for people, each with its line and what is meant in it.
func (r lintReport) tell(w words) {
	for _, f := range r.Findings {
		w.say("%s: %s", f.place(), f.Message)
		if f.Source != "" && f.Column > 0 {
			line, before := window(f.Source, f.Column)
			w.line(" | ", "%s", line)
			w.line(" | ", "%s^", strings.Repeat(".", before))
		}
	}
	w.say("%s", count(len(r.Findings), "finding", "findings"))
}

func (f finding) place() string {
	switch {
	case f.Line == 0:
		return f.File
	case f.Column == 0:
		return fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
}

// How much of a line is shown before and behind what is meant.
const shownBefore, shownBehind = 50, 40

// window is the part of a line around a column, and how many letters of it stand
// before the column. What would move the cursor of a terminal is shown as a blank.
func window(line string, column int) (part string, before int) {
	letters := []rune(line)
	for i, r := range letters {
		if unicode.IsControl(r) || !unicode.IsPrint(r) && r != ' ' {
			letters[i] = ' '
		}
	}
	at := min(column-1, len(letters))
	from, to := max(0, at-shownBefore), min(len(letters), at+shownBehind)
	part, before = string(letters[from:to]), at-from
	if from > 0 {
		part, before = "…"+part, before+1
	}
	if to < len(letters) {
		part += "…"
	}
	return part, before
}
