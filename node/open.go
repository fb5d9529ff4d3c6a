package node

import (
	"context"
	"errors"
	"sync"

	"tolk/adapters/journal"
	"tolk/adapters/token"
	"tolk/mapping/exchange"
	"tolk/node/work"
)

// The channels, each with its own table of duplicates.
const (
	viaMedCom   = "medcom"   // a FHIR message as it is
	viaEHMI     = "ehmi"     // a message in ehmiSBDH
	viaVANS     = "vans"     // a message in a VANSEnvelope
	viaDocument = "document" // everything else
)

// vansTable is the table of the VANS network, where Bundle stands for the
// identifier of the envelope and Header for that of the message in it: who got no
// answer sends the same message in another envelope
// (https://medcomdk.github.io/MedCom-FHIR-Communication/assets/documents/032_Reliable_Messaging-VANSEnvelope.html).
var vansTable = journal.Duplicates{
	{Bundle: false, Header: false}: journal.Process,
	{Bundle: true, Header: true}:   journal.Resend,
	{Bundle: false, Header: true}:  journal.Resend,
	{Bundle: true, Header: false}:  journal.Refuse,
}

// channels are the tables. A document is known by its bytes, and the same bytes
// are the same submission.
func channels() map[string]journal.Duplicates {
	return map[string]journal.Duplicates{viaMedCom: journal.MedCom, viaEHMI: journal.EHMI, viaVANS: vansTable, viaDocument: journal.MedCom}
}

func open(ctx context.Context, o Options) (*Node, error) {
	j, err := journal.Open(ctx, o.Dir, journal.Options{
		Keys: o.Keys, Now: o.Now, Channels: channels(), VFS: o.VFS, Log: o.Log,
		KeepIDs: o.Config.Keep.Identifiers, KeepBodies: o.Config.Keep.Bodies,
	})
	if err != nil {
		return nil, err
	}
	n := &Node{options: o, journal: j, given: newGiven()}
	n.config.Store(o.Config)
	if n.options.Core == nil {
		n.options.Core = func() *work.Core { return nil }
	}
	w := work.Options{
		Journal: j, Config: n.Config, Core: n.options.Core, CoreOf: o.CoreOf, Candidate: o.Candidate,
		Observe: o.Observe, Log: o.Log, Now: o.Now, Ended: n.hasEnded,
	}
	if o.Tune != nil {
		o.Tune(&w)
	}
	if n.work, err = work.New(w); err != nil {
		j.Close()
		return nil, err
	}
	return n, nil
}

func (n *Node) run(ctx context.Context) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { n.watch(ctx) })
	defer n.tellBarred(context.WithoutCancel(ctx), true)
	return n.work.Run(ctx)
}

func (n *Node) reload(ctx context.Context, c *exchange.Config) error {
	a := journal.Audit{Actor: self, Detail: "from " + n.Config().Version + " to " + c.Version}
	if err := n.journal.Remark(ctx, journal.Remark{Event: "configured", Code: c.Version, Tenant: ours, Audit: a}); err != nil {
		return later(err)
	}
	n.config.Store(c)
	n.journal.Keep(c.Keep.Bodies, c.Keep.Identifiers)
	n.work.Reload()
	n.given.wake()
	return nil
}

// ours is the tenant of what is the node's own, and self the node as an actor.
const (
	ours = "tolk"
	self = "tolk"
)

// Ready implements exchange.Node.
func (n *Node) Ready() error {
	if err := n.journal.Ready(); err != nil {
		return later(err)
	}
	return nil
}

// Once implements token.Used: what was used stays used when the node is started
// anew.
func (n *Node) Once(ctx context.Context, use token.Use) (bool, error) {
	return n.journal.Once(ctx, use.Client, use.ID, use.Until)
}

// observe tells of an event, if anybody listens.
func (n *Node) observe(e work.Event) {
	if n.options.Observe != nil {
		if e.Trace == "" {
			e.Trace = e.Message
		}
		n.options.Observe(e)
	}
}

// tenant is whose keys what concerns a client is sealed with.
func tenant(c *exchange.Client) string {
	if c == nil || c.Tenant == "" {
		return ours
	}
	return c.Tenant
}

// tenants are all that the journal sealed something for, those that have left the
// configuration among them: a citizen is looked for with the key of each.
func (n *Node) tenants(ctx context.Context) ([]string, error) {
	all, err := n.journal.Tenants(ctx)
	if err == nil && len(all) == 0 {
		all = []string{ours} // so that a question of a citizen stays one
	}
	return all, later(err)
}

// is reports whether err is one of the journal's answers.
func is(err error, which ...error) bool {
	for _, w := range which {
		if errors.Is(err, w) {
			return true
		}
	}
	return false
}
