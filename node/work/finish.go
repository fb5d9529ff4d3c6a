package work

import (
	"context"
	"errors"
	"slices"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/message"
)

// actor is who does what nobody told the node to.
const actor = "tolk"

// finish records how an attempt ended.
func (t *attempt) finish(ctx context.Context, o journal.Outcome) { t.finishWhy(ctx, o, nil) }

// finishWhy is finish with what the sender is told, where that is more than the
// reason.
func (t *attempt) finishWhy(ctx context.Context, o journal.Outcome, why error) {
	o.Audit.Actor = actor
	if t.made != nil {
		o.Audit.Maps = t.made.Maps
	}
	if err := t.w.record(ctx, t.Attempt, t.parcel, o, why); err != nil && !errors.Is(err, journal.ErrState) {
		t.w.o.Log.Error("how an attempt ended cannot be recorded", "message", t.Message, "receiver", t.to.Name, "error", safe(err))
	}
}

// finishOther is Finish: the attempt was somebody else's.
func (w *Work) finishOther(ctx context.Context, a journal.Attempt, o journal.Outcome) error {
	var p journal.Parcel
	if o.Reply == nil && o.State != journal.Retry {
		var err error
		if p, err = w.journal.Open(ctx, a); err != nil {
			// It arrived, or whatever else it did, whether it can be read or not.
			p = journal.Parcel{}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return w.record(ctx, a, p, o, nil)
}

// patience is how long an outcome may take to be written when nobody waits for it
// any more.
const patience = 5 * time.Second

// lasting is a context that goes on for a while when ctx ends: what was done is to
// be known.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	c, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(patience, cancel) })
	return c, func() {
		stop()
		cancel()
	}
}

// record writes an outcome, and with it the acknowledgement that it brings.
func (w *Work) record(ctx context.Context, a journal.Attempt, p journal.Parcel, o journal.Outcome, why error) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	if o.State == journal.Delivered {
		// What its receiver said by itself, perhaps before it took it, counts, and
		// nothing is said beside it.
		codes, _, err := w.Said(ctx, a.Message, a.Destination)
		if err != nil {
			w.o.Log.Error("what a receiver said of a message cannot be read", "message", a.Message, "error", safe(err))
		}
		if len(codes) > 0 {
			p = journal.Parcel{}
		}
		if n := len(codes); n > 0 && codes[n-1] != message.OK {
			o.State, o.Reason.Code = journal.Dead, codes[n-1]
		}
	}
	err := w.reply(ctx, a, p, &o, why, func() error { return w.write(ctx, a, &o) })
	switch {
	case err != nil:
	case o.State == journal.Dead:
		w.alarms.raise(alarmDead, a.Destination, w.o.Now())
	case o.State == journal.Held:
		w.alarms.raise(alarmHeld, a.Destination, w.o.Now())
	}
	return err
}

// write writes an outcome until it is written, or will not be: an attempt whose end
// is not known stands in the way of its citizen's next message. Written twice it is
// refused with ErrState, and nothing is recorded twice.
func (w *Work) write(ctx context.Context, a journal.Attempt, o *journal.Outcome) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := w.journal.Finish(ctx, a, *o)
		switch {
		case err == nil, errors.Is(err, journal.ErrState), errors.Is(err, journal.ErrStopped), errors.Is(err, journal.ErrNotFound):
			return err
		case wrong(err) && o.Reply == nil:
			return err
		case wrong(err):
			// It was acknowledged before, and is acknowledged once; or it cannot be.
			o.Reply = nil
			continue
		}
		if pause(ctx, wait, nil, nil); ctx.Err() != nil {
			return err
		}
	}
}

// wrong reports whether an error is of what is to be written, and will come again.
func wrong(err error) bool {
	var e *mapping.Error
	return errors.As(err, &e) && slices.Contains([]mapping.Kind{mapping.Value, mapping.TooLong, mapping.Required, mapping.Invalid}, e.Kind)
}
