package api

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// cprMark stands where a CPR number was.
const cprMark = "‹cpr›"

// Redact returns a handler that replaces everything that could be a CPR number
// (ddmmyy-nnnn or ddmmyynnnn with a day and a month that exist) before next
// sees it: in the message, in keys, and in values of every kind. Nothing is
// supposed to put one there; this is for the day something does.
func Redact(next slog.Handler) slog.Handler {
	if done, ok := next.(redactor); ok {
		return done
	}
	return redactor{next}
}

type redactor struct{ next slog.Handler }

func (r redactor) Enabled(ctx context.Context, level slog.Level) bool {
	return r.next.Enabled(ctx, level)
}

func (r redactor) Handle(ctx context.Context, record slog.Record) error {
	if plainRecord(record) {
		return r.next.Handle(ctx, record)
	}
	clean := slog.NewRecord(record.Time, record.Level, redacted(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(redactedAttr(a))
		return true
	})
	return r.next.Handle(ctx, clean)
}

// plainRecord reports whether there is nothing to replace in a record: the line
// of a request, nearly always.
func plainRecord(record slog.Record) bool {
	plain := redacted(record.Message) == record.Message
	record.Attrs(func(a slog.Attr) bool {
		switch a.Value.Kind() {
		case slog.KindString:
			plain = plain && redacted(a.Value.String()) == a.Value.String()
		case slog.KindInt64:
			v := a.Value.Int64()
			plain = plain && v > -1e8 && v < 1e8 // of fewer digits than a CPR number without its first zero
		case slog.KindBool, slog.KindDuration, slog.KindTime:
		default:
			plain = false
		}
		plain = plain && redacted(a.Key) == a.Key
		return plain
	})
	return plain
}

func (r redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	return redactor{r.next.WithAttrs(redactedAttrs(attrs))}
}

func (r redactor) WithGroup(name string) slog.Handler {
	return redactor{r.next.WithGroup(redacted(name))}
}

func redactedAttrs(attrs []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = redactedAttr(a)
	}
	return clean
}

func redactedAttr(a slog.Attr) slog.Attr {
	return slog.Attr{Key: redacted(a.Key), Value: redactedValue(a.Value.Resolve())}
}

// redactedValue keeps numbers, times and durations as they are unless they read
// as a CPR number. A value of any other type is written out first: what a
// handler would make of it later could not be looked at here.
func redactedValue(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindGroup:
		return slog.GroupValue(redactedAttrs(v.Group())...)
	case slog.KindBool, slog.KindDuration, slog.KindTime:
		return v
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		if text := v.String(); redacted(text) != text {
			return slog.StringValue(cprMark)
		}
		return v
	case slog.KindAny:
		if b, ok := v.Any().([]byte); ok {
			return slog.StringValue(redacted(string(b)))
		}
		return slog.StringValue(redacted(fmt.Sprint(v.Any())))
	}
	return slog.StringValue(redacted(v.String()))
}

// redacted returns text with a mark for every CPR number in it.
func redacted(text string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); {
		if !digit(text[i]) {
			i++
			continue
		}
		if n := cprLength(text[i:]); n > 0 {
			b.WriteString(text[done:i])
			b.WriteString(cprMark)
			i += n
			done = i
			continue
		}
		for i < len(text) && digit(text[i]) { // a number never begins inside a number
			i++
		}
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// cprLength returns how many bytes at the start of text, which follow no digit,
// are a CPR number; 0 if they are none.
func cprLength(text string) int {
	n := digits(text)
	length := 10
	if n == 6 && len(text) > 6 && (text[6] == '-' || text[6] == ' ') && digits(text[7:]) == 4 {
		n, length = 10, 11
	}
	if n != 10 {
		return 0
	}
	day := int(text[0]-'0')*10 + int(text[1]-'0')
	month := int(text[2]-'0')*10 + int(text[3]-'0')
	if day > 60 {
		day -= 60 // a replacement number, as regions and laboratories give
	}
	if day < 1 || day > 31 || month < 1 || month > 12 {
		return 0
	}
	return length
}

// digits counts the digits that text begins with.
func digits(text string) int {
	n := 0
	for n < len(text) && digit(text[n]) {
		n++
	}
	return n
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
