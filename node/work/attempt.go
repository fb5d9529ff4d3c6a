package work

import (
	"context"
	"errors"
	"slices"
	"time"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
)

// attempt is one attempt to bring a message to a receiver.
type attempt struct {
	*station
	pass   *pass
	slow   func()          // gives the place in the lane to the next
	taking context.Context // ends when nothing more is to be begun
	rerun  bool            // a person sends it again

	journal.Attempt
	parcel journal.Parcel
	made   *translated
}

// make makes the attempt and records how it ended. Whatever happens here happens
// to one message alone.
func (t *attempt) make(ctx context.Context, d journal.Due) {
	defer func() {
		if v := recover(); v != nil {
			t.refuse(ctx, newPanicked(v))
		}
	}()
	var err error
	if t.Attempt, err = t.w.journal.Attempt(ctx, d.Delivery); err != nil {
		t.later(ctx, err)
		return
	}
	if t.parcel, err = t.w.journal.Open(ctx, t.Attempt); err != nil {
		t.unreadable(ctx, err)
		return
	}
	if err := t.prepare(ctx); err != nil {
		t.refuse(ctx, err)
		return
	}
	if t.to.Mailbox != nil {
		t.finish(ctx, journal.Outcome{State: journal.Retry, Reason: journal.Reason{Code: journal.InMailbox}, SentAs: t.made.SentAs})
		return
	}
	select {
	case t.sending <- struct{}{}:
		defer func() { <-t.sending }()
	case <-t.taking.Done():
		t.finish(ctx, journal.Outcome{State: journal.Retry, Reason: journal.Reason{Code: Shutdown}})
		return
	}
	t.send(ctx)
}

// later is for an attempt that was not begun: somebody else did, or the journal
// does not write now.
func (t *attempt) later(ctx context.Context, err error) {
	if errors.Is(err, journal.ErrState) || ctx.Err() != nil {
		return
	}
	t.w.o.Log.Error("an attempt cannot be begun", "receiver", t.to.Name, "error", safe(err))
	pause(t.taking, time.Second, nil, nil)
}

// unreadable ends an attempt whose message cannot be read.
func (t *attempt) unreadable(ctx context.Context, err error) {
	o := journal.Outcome{State: journal.Retry, Reason: journal.Reason{Code: NotReadable}, After: 10 * time.Second}
	switch {
	case errors.Is(err, journal.ErrCorrupt), errors.Is(err, journal.ErrNotFound):
		// One that is not there, though its delivery is, is damaged too.
		o = journal.Outcome{State: journal.Dead, Reason: journal.Reason{Code: Corrupt, Text: safe(err)}}
	case errors.Is(err, journal.ErrErased):
		o = journal.Outcome{State: journal.Dead, Reason: journal.Reason{Code: Erased}}
	case ctx.Err() != nil:
		o = journal.Outcome{State: journal.Retry, Reason: journal.Reason{Code: Shutdown}}
	default:
		t.w.o.Log.Error("a message cannot be read", "message", t.Message, "receiver", t.to.Name, "error", safe(err))
	}
	t.finish(ctx, o)
}

// prepare has ready what is to be sent: as an earlier attempt stored it, or
// translated now and stored.
func (t *attempt) prepare(ctx context.Context) error {
	earlier := stored(t.parcel.Parts, t.to.Name)
	if earlier != nil && !t.rerun {
		t.made = earlier
		return nil
	}
	j, err := t.job(ctx)
	if err != nil {
		return err
	}
	now := t.w.o.Now()
	if earlier != nil && (earlier.Maps == "" || earlier.Maps == j.core.Tag) {
		t.made = earlier // the same bytes again: the receiver may have them
	} else {
		begun := time.Now()
		t.made, err = t.w.running.do(ctx, t.Delivery, t.w.o.Budget, t.w.o.Patience, t.slow, j.translate)
		t.told(time.Since(begun), err)
		if err != nil {
			return err
		}
	}
	t.made.Since = now
	parts, err := t.made.all(t.to.Name)
	if err == nil {
		err = t.w.journal.Store(ctx, t.Attempt, parts, t.made.SentAs...)
	}
	if err == nil {
		t.w.shadow.offer(t.made.shadow)
	}
	return err
}

// job is what there is to translate, by the configuration that is in force now
// and the mappings that are demanded.
func (t *attempt) job(ctx context.Context) (*job, error) {
	e, c := t.parcel.Envelope, t.w.o.Config()
	j := &job{to: t.to, id: e.ID, document: e.Document, form: e.Form, body: t.parcel.Body, now: t.w.o.Now()}
	if i := slices.IndexFunc(c.Routes, func(r exchange.Route) bool { return r.Name == e.Route.Name }); i >= 0 {
		j.route = c.Routes[i]
	}
	if from := c.Client(e.Sender); from != nil {
		j.from = from.Organisation
	}
	demanded := j.route.Maps
	if t.rerun {
		if maps, err := t.chosen(ctx); err != nil {
			return nil, err
		} else if maps != "" {
			demanded = maps
		}
	}
	if j.core = t.w.o.Core(); demanded != "" && (j.core == nil || j.core.Tag != demanded) {
		j.core = nil
		if t.w.o.CoreOf != nil {
			j.core = t.w.o.CoreOf(demanded)
		}
	}
	if j.core == nil {
		return nil, held(MapsUnknown, "nobody here has the version of the mappings that is demanded: "+demanded)
	}
	return j, nil
}

// chosen returns the version of the mappings that was asked for when a person
// sent it again, empty for the one in force.
func (t *attempt) chosen(ctx context.Context) (maps string, err error) {
	for after := int64(0); ; {
		rows, err := t.w.journal.Audit(ctx, journal.Trail{Message: t.Message, After: after, Limit: 1000})
		if err != nil || len(rows) == 0 {
			return maps, err
		}
		for _, e := range rows {
			if after = e.Seq; e.Event == "rerun" && e.Destination == t.to.Name {
				maps = e.Audit.Maps
			}
		}
	}
}

// refuse ends an attempt that sent nothing.
func (t *attempt) refuse(ctx context.Context, err error) {
	var no *refusal
	var fault *panicked
	switch {
	case errors.As(err, &no):
		t.finishWhy(ctx, journal.Outcome{State: no.state, Reason: journal.Reason{Code: no.code, Text: no.text}}, no)
	case errors.As(err, &fault):
		t.w.o.Log.Error("an attempt met a fault of the gateway", "message", t.Message, "receiver", t.to.Name, "stack", string(fault.stack))
		t.broken(ctx, TranslationFault, fault.Error())
	case isTimeout(err):
		t.broken(ctx, TranslationTimeout, safe(err))
	case ctx.Err() != nil:
		t.finish(ctx, journal.Outcome{State: journal.Retry, Reason: journal.Reason{Code: Shutdown}})
	case errors.Is(err, journal.ErrState), errors.Is(err, journal.ErrStopped):
		// It was decided otherwise, or is found again when the journal is opened.
	default:
		t.w.o.Log.Error("what is to be sent cannot be stored", "message", t.Message, "receiver", t.to.Name, "error", safe(err))
		t.finish(ctx, journal.Outcome{State: journal.Retry, Reason: journal.Reason{Code: NotStored}, After: 10 * time.Second})
	}
}

func isTimeout(err error) bool {
	var e *mapping.Error
	return errors.As(err, &e) && e.Kind == mapping.Timeout
}

// broken tries again what may be the fault of the message, and gives up when it
// was too often.
func (t *attempt) broken(ctx context.Context, code, text string) {
	if t.Number >= maxBroken {
		t.finishWhy(ctx, journal.Outcome{State: journal.Dead, Reason: journal.Reason{Code: code, Text: text + "; it is not tried again by itself"}},
			&refusal{text: text})
		return
	}
	v := t.schedule().Next(deliver.Verdict{Class: deliver.Retry, Code: code}, t.Number, 0)
	t.finish(ctx, journal.Outcome{State: journal.Retry, Reason: journal.Reason{Code: code, Text: text}, After: v.After})
}

func (t *attempt) schedule() deliver.Schedule {
	s := deliver.For(t.to)
	s.First, s.Most, s.Draw = t.w.o.Schedule.First, t.w.o.Schedule.Most, t.w.draw
	return s
}

// told tells of a translation.
func (t *attempt) told(took time.Duration, err error) {
	e := Event{What: "translate", Receiver: t.to.Name, Document: t.parcel.Envelope.Document, Class: "translated", Took: took,
		Message: t.Message, Trace: t.Message}
	var no *refusal
	switch {
	case errors.As(err, &no):
		e.Class, e.Code = no.state.String(), no.code
	case isTimeout(err):
		e.Class, e.Code = journal.Retry.String(), TranslationTimeout
	case err != nil:
		e.Class, e.Code = journal.Retry.String(), TranslationFault
	default:
		if e.Bytes = len(t.made.body); t.made.verbatim {
			e.Class = "verbatim"
		}
	}
	t.w.o.Observe(e)
}

// send makes the attempt at the receiver.
func (t *attempt) send(ctx context.Context) {
	begun := time.Now()
	p := deliver.Parcel{ID: t.Message, Correlation: t.parcel.Envelope.Correlation, ContentType: t.made.Type, Body: t.made.body}
	v, said := t.sender.Send(ctx, p)
	took, now := time.Since(begun), t.w.o.Now()
	if ctx.Err() != nil && v.Class == deliver.Retry {
		v = deliver.Verdict{Class: deliver.Retry, Code: Shutdown} // cut off by us
	} else {
		opened, closed := t.pass.sent(now, v)
		t.w.alarms.breaker(t.to.Name, opened, closed)
	}
	if most := t.w.o.Config().Alarms.Waiting; v.Class == deliver.Retry && most > 0 && now.Sub(t.parcel.Accepted) > most {
		t.w.alarms.raise(alarmWaiting, t.to.Name, t.parcel.Accepted)
	}
	v = t.schedule().Next(v, t.Number, now.Sub(t.made.Since))
	o := journal.Outcome{Reason: journal.Reason{Code: v.Code}, Answer: said, After: v.After, SentAs: t.made.SentAs}
	switch v.Class {
	case deliver.Delivered:
		o.State = journal.Delivered
	case deliver.Dead:
		o.State = journal.Dead
	default:
		o.State = journal.Retry
	}
	t.w.o.Observe(Event{What: "send", Receiver: t.to.Name, Document: t.parcel.Envelope.Document, Class: string(v.Class), Code: v.Code,
		Took: took, Bytes: len(p.Body), Message: t.Message, Trace: t.Message})
	t.finish(ctx, o)
}
