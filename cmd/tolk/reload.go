package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tolk/adapters/api"
	"tolk/adapters/pack"
	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/message"
	"tolk/node/work"
)

// look is how often the folder of content is looked at. A change is in force
// after two looks that see the same: who copies a large file is given the time.
const look = time.Second

// store holds the content in force and replaces it when the folder changes.
type store struct {
	core     *core
	release  string
	embedded []canonical.Resource
	fixed    []*pack.Package // of --package
	folder   string          // of --content; empty for none
	settings *settings
	log      *slog.Logger
	current  atomic.Pointer[api.Content]
	wired    atomic.Pointer[core] // what the content in force was made with
	stamp    string               // of the folders as they were last tried
	first    string               // the packages that were there at the start, for the log

	mu     sync.Mutex
	works  map[string]*work.Core // what translated, by its tag
	recent []string              // the tags that may be forgotten, the oldest first
}

// remembered is how many contents that are no longer in force can still be asked
// for by their tag.
const remembered = 4

// newStore reads all content there is. What is broken at the start refuses the
// start.
func newStore(c *core, s *settings, release string, log *slog.Logger) (*store, error) {
	st := &store{core: c, release: release, folder: s.content, settings: s, log: log}
	var err error
	if st.embedded, err = c.embedded(); err != nil {
		return nil, err
	}
	for i, name := range s.packages {
		s.loading.at(i, len(s.packages), filepath.Base(name))
		p, err := pack.Read(name, pack.Limits{})
		if err != nil {
			return nil, err
		}
		st.fixed = append(st.fixed, p)
	}
	if st.stamp, err = st.stamped(); err != nil {
		return nil, err
	}
	st.first, err = st.load()
	return st, err
}

// load builds a content of what is there now, and puts it in force if all of it
// is sound. It returns the packages in it, for the log.
func (s *store) load() (string, error) {
	packages := s.fixed
	if s.folder != "" {
		found, err := pack.Folder(s.folder, pack.Limits{})
		if err != nil {
			return "", err
		}
		packages = append(found, s.fixed...) // what can be changed goes before what cannot
	}
	core, embedded, err := s.rewired()
	if err != nil {
		return "", err
	}
	content, err := core.content(s.release, embedded, packages)
	if err != nil {
		return "", err
	}
	s.core, s.embedded = core, embedded
	s.keep(content, false)
	s.wired.Store(core)
	s.current.Store(content)
	return told(packages), nil
}

// rewired returns the core, and what it brings along: another where the overrides
// changed.
func (s *store) rewired() (*core, []canonical.Resource, error) {
	if s.settings.overrides == "" {
		return s.core, s.embedded, nil
	}
	over, err := readOverlay(s.settings.overrides)
	if err != nil {
		return nil, nil, err
	}
	if s.core.overlay != nil && s.core.overlay.sum == over.sum {
		return s.core, s.embedded, nil
	}
	c, err := wireOver(s.settings.overrides, s.settings.organisations)
	if err != nil {
		return nil, nil, err
	}
	c.receivers = s.core.receivers
	embedded, err := c.embedded()
	return c, embedded, err
}

// watches reports whether there is a folder to look at.
func (s *store) watches() bool { return s.folder != "" || s.settings.overrides != "" }

// stamped tells whether the folders may have changed, as pack.Stamp does.
func (s *store) stamped() (stamp string, err error) {
	for _, folder := range []string{s.folder, s.settings.overrides} {
		if folder == "" {
			continue
		}
		one, err := pack.Stamp(folder)
		if err != nil {
			return "", err
		}
		stamp += one
	}
	return stamp, nil
}

// keep remembers what translates in a content: for good, or until a few others
// came.
func (s *store) keep(c *api.Content, pinned bool) {
	gateway, ok := c.Translator.(message.Gateway)
	if !ok {
		return // a test's
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.works == nil {
		s.works = map[string]*work.Core{}
	}
	i := slices.Index(s.recent, c.Tag)
	if i < 0 && s.works[c.Tag] != nil {
		return // it is kept for good
	}
	s.works[c.Tag] = &work.Core{Tag: c.Tag, Gateway: gateway, Checker: c.Checker, Terms: c.Terminology}
	if i >= 0 {
		s.recent = slices.Delete(s.recent, i, i+1)
	}
	if pinned {
		return
	}
	if s.recent = append(s.recent, c.Tag); len(s.recent) > remembered {
		delete(s.works, s.recent[0])
		s.recent = s.recent[1:]
	}
}

// pin reads the folders of mappings that may be asked for beside those in force.
// Each is what --content would be with that folder.
func (s *store) pin(folders []string) error {
	for _, folder := range folders {
		found, err := pack.Folder(folder, pack.Limits{})
		if err != nil {
			return err
		}
		content, err := s.core.content(s.release, s.embedded, append(found, s.fixed...))
		if err != nil {
			return err
		}
		s.keep(content, true)
		s.log.Info("mappings kept at hand", "maps", content.Tag, "folder", folder)
	}
	return nil
}

// work returns what translates now.
func (s *store) work() *work.Core { return s.workOf(s.current.Load().Tag) }

// workOf returns what translates with a version of the mappings, nil where it is
// not at hand.
func (s *store) workOf(tag string) *work.Core {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.works[tag]
}

// beside returns a store of its own for a candidate folder: what would be in
// force if it were that of --content.
func (s *store) beside(folder string) (*store, error) {
	c := &store{core: s.core, release: s.release, embedded: s.embedded, fixed: s.fixed, folder: folder, settings: s.settings,
		log: s.log.With("candidate", folder)}
	var err error
	if c.stamp, err = c.stamped(); err != nil {
		return nil, err
	}
	c.first, err = c.load()
	return c, err
}

// watch looks at the folders until the context ends. A content that is broken is
// refused as a whole, by name, and the one in force stays.
func (s *store) watch(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	last := s.stamp
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now, err := s.stamped()
		if err != nil {
			now = err.Error()
		}
		settled := now == last
		last = now
		if !settled || now == s.stamp {
			continue
		}
		s.stamp = now
		var packages string
		if err == nil {
			packages, err = s.load()
		}
		if err != nil {
			s.log.Error("content refused", "error", fault(err), "content", s.current.Load().Tag)
			continue
		}
		spare()
		s.log.Info("content in force", "content", s.current.Load().Tag, "packages", packages, "overrides", s.wired.Load().overlay.named())
	}
}

// garbage is how much memory may at least pile up between two collections. What
// is embedded takes some 10 MiB, and Go would collect after every 10 MiB more: a
// tenth of the work of a busy server.
const garbage = 48 << 20

// spare sets the collector to a content that was put in force, unless the
// operator has set it.
func spare() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.FreeOSMemory() // what reading the packages took
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	debug.SetGCPercent(int(max(100, garbage*100/max(m.HeapAlloc, 1))))
}

// fault is what the log says of a broken content: the places and our words.
func fault(err error) string {
	var e *mapping.Error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		if all := joined.Unwrap(); len(all) > 0 {
			err = all[0]
		}
	}
	if errors.As(err, &e) {
		return e.Error()
	}
	return "cannot be read"
}
