package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed templates/*.gohtml
var templateFiles embed.FS

// pageTemplates are the templates by name, of each language made when its first page
// is asked for. Each page has a set of its own, so that every page may have a block
// main; the layout and the files whose name begins with parts are in all of them.
var pageTemplates = func() map[string]func() map[string]*template.Template {
	all := map[string]func() map[string]*template.Template{}
	for _, lang := range languages {
		all[lang] = sync.OnceValue(func() map[string]*template.Template { return templatesIn(lang) })
	}
	return all
}()

// templatesIn makes the templates of a language.
func templatesIn(lang string) map[string]*template.Template {
	names, err := fs.Glob(templateFiles, "templates/*.gohtml")
	if err != nil {
		panic("web: " + err.Error())
	}
	common := template.New("").Funcs(functions(lang)).Option("missingkey=error")
	template.Must(common.ParseFS(templateFiles, "templates/layout.gohtml", "templates/parts*.gohtml"))
	all := map[string]*template.Template{}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".gohtml")
		if name == "layout" || strings.HasPrefix(name, "parts") {
			continue
		}
		one := template.Must(common.Clone())
		all[name] = template.Must(one.ParseFS(templateFiles, file))
	}
	return all
}

// functions are those that every template may call.
func functions(lang string) template.FuncMap {
	return template.FuncMap{
		"t":      func(key string, values ...any) string { return say(lang, key, values...) },
		"lang":   func() string { return lang },
		"asset":  asset,
		"number": func(n int) string { return number(lang, n) },
		"dict":   dict,
		"join":   strings.Join,
		"short":  short,
		"tongue": tongue,
		"told":   func(message string) []saidIn { return told(lang, message) },
	}
}

// dict gives a part of a template several values, by name.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: expected names and values")
	}
	all := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: expected a name")
		}
		all[name] = pairs[i+1]
	}
	return all, nil
}

// short is the beginning of a long name, for where the whole does not fit.
func short(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return strings.TrimSpace(string(runes[:most-1])) + "…"
}
