package node

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/node/work"
)

// usualAgain is when a letter that was not taken is given again, where the
// configuration does not say.
const usualAgain = 5 * time.Minute

// Fetch implements exchange.Node. Every letter is written into the audit, and its
// attempt begun, before it is given out. Of many that are large, the first are
// given out, 16 MiB together.
func (n *Node) Fetch(ctx context.Context, who exchange.Caller, mailbox string, limit int) ([]exchange.Letter, error) {
	limit = min(max(limit, 1), 100)
	who = n.caller(who)
	for {
		r, err := n.caller(who).Mailbox(mailbox) // each time: it may be taken away while one waits
		if err != nil {
			return nil, err
		}
		changed := n.journal.Changed(mailbox)
		queue := journal.Queue{Destination: mailbox, Letters: true, Part: exchange.Translation + ":" + mailbox}
		due, next, err := n.journal.Due(ctx, queue, limit)
		if ctx.Err() != nil {
			return nil, nil
		}
		if err != nil {
			return nil, later(err)
		}
		letters, err := n.giveOut(ctx, who, r, together(due))
		if len(letters) > 0 || err != nil {
			return letters, err
		}
		if len(due) > 0 {
			continue // another one fetched them
		}
		n.wait(ctx, changed, next)
		if ctx.Err() != nil {
			return nil, nil
		}
	}
}

// mostAtOnce is how many bytes the letters of one call have together, where they
// are more than one.
const mostAtOnce = 16 << 20

// together are the first of what is due, as many as are given out at a time.
func together(due []journal.Due) []journal.Due {
	bytes := int64(0)
	for i, d := range due {
		if bytes += d.Bytes; i > 0 && bytes > mostAtOnce {
			return due[:i]
		}
	}
	return due
}

// wait waits for a change, or for the moment when something is due.
func (n *Node) wait(ctx context.Context, changed <-chan struct{}, next time.Time) {
	pause := time.Minute // a clock may have been set
	if !next.IsZero() {
		pause = min(pause, max(next.Sub(n.options.Now()), 10*time.Millisecond))
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-changed:
	case <-t.C:
	case <-ctx.Done():
	}
}

// giveOut begins an attempt for each of the letters that are due, all at once: the
// journal writes them together. The error is that of the first that could not be
// given out, and is returned where none could. What was begun is known to the end,
// also when whoever fetches has gone: his letters are given again.
func (n *Node) giveOut(ctx context.Context, who exchange.Caller, r *exchange.Receiver, due []journal.Due) ([]exchange.Letter, error) {
	ctx = context.WithoutCancel(ctx)
	letters, errs := make([]*exchange.Letter, len(due)), make([]error, len(due))
	var all sync.WaitGroup
	for i, d := range due {
		all.Go(func() { letters[i], errs[i] = n.letter(ctx, who, r, d) })
	}
	all.Wait()
	var out []exchange.Letter
	for _, l := range letters {
		if l != nil {
			out = append(out, *l)
		}
	}
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 && len(out) == 0 {
		return nil, errs[i]
	}
	return out, nil
}

// letter gives one letter out; nil where another one did, or where it cannot be
// read, which a person must look at.
func (n *Node) letter(ctx context.Context, who exchange.Caller, r *exchange.Receiver, d journal.Due) (*exchange.Letter, error) {
	start := n.options.Now()
	a, err := n.journal.GiveOut(ctx, d.Delivery, auditOf(who))
	switch {
	case is(err, journal.ErrState):
		return nil, nil
	case err != nil:
		return nil, later(err)
	}
	p, err := n.journal.Open(ctx, a)
	if err != nil {
		return nil, n.unreadable(ctx, a, err)
	}
	body, kind := partOf(p, exchange.Translation, r.Name)
	if body == nil {
		return nil, n.unreadable(ctx, a, journal.ErrCorrupt)
	}
	again := r.Mailbox.Again
	if again <= 0 {
		again = usualAgain
	}
	l := &exchange.Letter{ID: fmt.Sprintf("%d.%d", a.Delivery, a.Number), Message: a.Message, Accepted: p.Accepted,
		Sender: p.Envelope.Sender, Document: p.Envelope.Document, Form: r.Form, Correlation: p.Envelope.Correlation,
		ContentType: kind, Until: start.Add(again), Body: body}
	n.given.add(a, l.Until)
	n.observe(work.Event{What: "fetch", Receiver: r.Name, Document: l.Document, Took: n.options.Now().Sub(start), Bytes: len(body), Message: a.Message})
	return l, nil
}

// unreadable ends the attempt of a letter that cannot be read now, or ever.
func (n *Node) unreadable(ctx context.Context, a journal.Attempt, err error) error {
	o := journal.Outcome{State: journal.Retry, Reason: journal.Reason{Code: journal.NotTaken}, After: 10 * time.Second, Audit: journal.Audit{Actor: self}}
	switch {
	case is(err, journal.ErrErased):
		o.State, o.Reason.Code = journal.Dead, "erased"
	case is(err, journal.ErrCorrupt):
		o.State, o.Reason.Code = journal.Dead, work.Corrupt
	}
	if e := n.work.Finish(context.WithoutCancel(ctx), a, o); e != nil && !is(e, journal.ErrState) {
		return later(e)
	}
	if o.State == journal.Dead {
		n.options.Log.Error("a letter cannot be given out", "message", a.Message, "receiver", a.Destination, "code", o.Reason.Code)
		return nil
	}
	return later(err)
}

// Take implements exchange.Node. A letter may be taken twice, and late, as long as
// it was not given out again. It is named as Letter.ID or, with the message before
// it, as <message>.<delivery>.<attempt>.
func (n *Node) Take(ctx context.Context, who exchange.Caller, mailbox, letter string) error {
	who = n.caller(who)
	r, err := who.Mailbox(mailbox)
	if err != nil {
		return err
	}
	message, whole := "", strings.Count(letter, ".") > 1
	if whole {
		message, letter, _ = strings.Cut(letter, ".")
	}
	delivery, number, ok := letterID(letter)
	if !ok {
		return notFound("letter")
	}
	start := n.options.Now()
	a, err := n.journal.Resume(ctx, delivery, number)
	switch {
	case is(err, journal.ErrNotFound), err == nil && (a.Destination != r.Name || whole && message != a.Message):
		return notFound("letter")
	case err != nil:
		return later(err)
	}
	err = n.work.Finish(ctx, a, journal.Outcome{State: journal.Delivered, Reason: journal.Reason{Code: taken}, Audit: auditOf(who)})
	switch {
	case is(err, journal.ErrState):
		return n.takenBefore(ctx, a)
	case err != nil:
		return later(err)
	}
	n.given.drop(a)
	n.observe(work.Event{What: "take", Receiver: r.Name, Took: n.options.Now().Sub(start), Message: a.Message})
	return nil
}

// letterID reads the identifier of a letter: delivery and attempt.
func letterID(text string) (delivery int64, number int, ok bool) {
	before, after, found := strings.Cut(text, ".")
	delivery, err := strconv.ParseInt(before, 10, 64)
	number, e := strconv.Atoi(after)
	return delivery, number, found && err == nil && e == nil && delivery > 0 && number > 0 && text == fmt.Sprintf("%d.%d", delivery, number)
}

// takenBefore is the answer to a letter that cannot be taken: none where it was
// taken before.
func (n *Node) takenBefore(ctx context.Context, a journal.Attempt) error {
	l, err := n.journal.Life(ctx, a.Message)
	if err != nil {
		return later(err)
	}
	for _, t := range l.Tries {
		if t.Delivery == a.Delivery && t.Number == a.Number && t.State == journal.Delivered {
			return nil
		}
	}
	return fault(mapping.BusinessRule, "", "the letter was given out again since, or decided about otherwise; fetch it again")
}

// given are the letters that were given out and not taken yet. After a start the
// journal has taken them back by itself.
type given struct {
	mu    sync.Mutex
	until map[int64]outstanding // by delivery
	more  chan struct{}         // has something when one was added
}

type outstanding struct {
	attempt journal.Attempt
	until   time.Time
}

func newGiven() *given {
	return &given{until: map[int64]outstanding{}, more: make(chan struct{}, 1)}
}

func (g *given) add(a journal.Attempt, until time.Time) {
	g.mu.Lock()
	g.until[a.Delivery] = outstanding{a, until}
	g.mu.Unlock()
	g.wake()
}

// wake has the watcher look.
func (g *given) wake() {
	select {
	case g.more <- struct{}{}:
	default:
	}
}

func (g *given) drop(a journal.Attempt) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.until[a.Delivery].attempt.Number == a.Number {
		delete(g.until, a.Delivery)
	}
}

// over are the letters whose time is up, and the moment at which the next one's
// will be.
func (g *given) over(now time.Time) (list []journal.Attempt, next time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, o := range g.until {
		if !o.until.After(now) {
			list = append(list, o.attempt)
		} else if next.IsZero() || o.until.Before(next) {
			next = o.until
		}
	}
	return list, next
}

// watch takes back the letters that were not taken, until ctx ends, and looks
// after those whose mailbox is gone.
func (n *Node) watch(ctx context.Context) {
	var by *exchange.Config // that it was looked by last, how much had ended then, and when
	var ended int64
	var looked time.Time
	for ctx.Err() == nil {
		// Now and then too: one that was given out may be taken back.
		if c, e := n.Config(), n.ended.Load(); c != by || e != ended || time.Since(looked) > lookEvery {
			if n.sendLetters(ctx, c) == nil {
				by, ended, looked = c, e, time.Now()
			}
		}
		n.tellBarred(ctx, false)
		list, next := n.given.over(n.options.Now())
		for _, a := range list {
			o := journal.Outcome{State: journal.Retry, Reason: journal.Reason{Code: journal.NotTaken}, Audit: journal.Audit{Actor: self}}
			if err := n.work.Finish(ctx, a, o); err != nil && !is(err, journal.ErrState) {
				n.options.Log.Error("a letter that was not taken cannot be taken back", "message", a.Message, "receiver", a.Destination)
				next = n.options.Now().Add(time.Second)
				continue
			}
			n.given.drop(a)
		}
		n.wait(ctx, n.given.more, next)
	}
}

const lookEvery = 30 * time.Second

// hasEnded has the letters looked for again: what an earlier configuration began for
// a receiver may have made one for a mailbox that is gone.
func (n *Node) hasEnded() {
	n.ended.Add(1)
	n.given.wake()
}

// sendLetters has sent what lies ready for receivers that are no mailboxes any
// more.
func (n *Node) sendLetters(ctx context.Context, c *exchange.Config) error {
	for _, r := range c.Receivers {
		if r.Mailbox != nil {
			continue
		}
		due, next, err := n.journal.Due(ctx, journal.Queue{Destination: r.Name, Letters: true}, 1)
		if err == nil && (len(due) > 0 || !next.IsZero()) {
			_, err = n.journal.SendLetters(ctx, r.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
