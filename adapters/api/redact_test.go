package api

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestRedacted(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"2509479989":               cprMark,
		"250947-9989":              cprMark,
		"250947 9989":              cprMark,
		"cpr=2509479989;":          "cpr=" + cprMark + ";",
		"a2509479989b":             "a" + cprMark + "b",
		"2509479989 1509819996":    cprMark + " " + cprMark,
		"250947-9989/150981-9996.": cprMark + "/" + cprMark + ".",
		"110203 2509479989":        "110203 " + cprMark,
		"8509479989":               cprMark, // a replacement number: day 25 plus 60
		"12509479989":              "12509479989",
		"25094799890":              "25094799890",
		"250947-99890":             "250947-99890",
		"2513479989":               "2513479989", // no 13th month
		"3201479989":               "3201479989", // no 32nd day
		"0001479989":               "0001479989",
		"250947--9989":             "250947--9989",
		"250947":                   "250947",
		"250947-":                  "250947-",
		"20240530":                 "20240530",
		"ærø2509479989ø":           "ærø" + cprMark + "ø",
	} {
		if got := redacted(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

type named struct{ CPR string }

func (n named) LogValue() slog.Value { return slog.StringValue("person " + n.CPR) }

// However a number gets into a record, it does not come out.
func TestRedactCoversEveryWayIn(t *testing.T) {
	type person struct{ CPR *string }
	number := "250947-9989"
	for name, write := range map[string]func(*slog.Logger){
		"message": func(l *slog.Logger) { l.Info("for " + number) },
		"string":  func(l *slog.Logger) { l.Info("m", "k", number) },
		"key":     func(l *slog.Logger) { l.Info("m", number, 1) },
		"bytes":   func(l *slog.Logger) { l.Info("m", "k", []byte(number)) },
		"integer": func(l *slog.Logger) { l.Info("m", "k", 2509479989) },
		"error":   func(l *slog.Logger) { l.Info("m", "k", errors.New(number)) },
		"struct":  func(l *slog.Logger) { l.Info("m", "k", struct{ A []string }{[]string{number}}) },
		"map":     func(l *slog.Logger) { l.Info("m", "k", map[string]any{"a": number}) },
		"pointer": func(l *slog.Logger) { l.Info("m", "k", person{&number}) },
		"group":   func(l *slog.Logger) { l.Info("m", slog.Group("g", "k", slog.GroupValue(slog.String("a", number)))) },
		"valuer":  func(l *slog.Logger) { l.Info("m", "k", named{number}) },
		"with":    func(l *slog.Logger) { l.With("k", number).Info("m") },
		"named":   func(l *slog.Logger) { l.WithGroup(number).Info("m", "k", 1) },
	} {
		var b bytes.Buffer
		write(slog.New(Redact(slog.NewJSONHandler(&b, nil))))
		if out := b.String(); out == "" || strings.Contains(out, number) || strings.Contains(out, canary) {
			t.Errorf("%s: logged %s", name, out)
		}
	}
}

func TestRedactKeepsTheRest(t *testing.T) {
	var b bytes.Buffer
	l := slog.New(Redact(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelWarn,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})))
	l.Info("not asked for")
	l.With("a", 1).WithGroup("g").Warn("m", "n", 422, "d", 1500*time.Millisecond, "ok", true, "f", 0.5, "s", "x")
	const want = `{"level":"WARN","msg":"m","a":1,"g":{"n":422,"d":1500000000,"ok":true,"f":0.5,"s":"x"}}` + "\n"
	if got := b.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if l.Enabled(context.Background(), slog.LevelInfo) {
		t.Error("info is enabled behind a handler of warnings")
	}
}
