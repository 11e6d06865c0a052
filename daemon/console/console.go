package console

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"watchfire/crisis"
)

// Desk carries out what a person does to an incident. An act that the state of
// the incident does not allow gives an error that wraps crisis.ErrRefused.
type Desk interface {
	Act(ctx context.Context, a crisis.Act) (crisis.Incident, error)
}

// Pauser stops and resumes the visits to a source. A Desk that can do so shows
// the buttons.
type Pauser interface {
	Pause(ctx context.Context, source string, paused bool) error
}

// Charter computes what was counted about a topic beside what is usual.
type Charter interface {
	// Chart returns one point per bucket from from to to, oldest first. A bucket
	// of which nothing was seen is a point with Coverage 0, never left out.
	Chart(ctx context.Context, topic string, from, to time.Time, bucket time.Duration) ([]Point, error)
}

// Point is one bucket of a chart.
type Point struct {
	At       time.Time // start of the bucket
	Observed float64
	Negative float64 // part of Observed
	Expected float64
	Low      float64
	High     float64 // 0 while what is usual is not known
	Coverage float64 // 0 to 1
}

// Source is one place posts come from, as the daemon sees it at this moment.
type Source struct {
	Name        string
	Title       string        // what people call it; empty: Name
	Kind        string        // kind of crawler
	Every       time.Duration // interval of visits, or the longest usual silence of a source that pushes; 0: none
	Push        bool          // delivers by itself
	Off         bool          // configured but not read
	Paused      bool
	Blind       bool // should be seen and is not
	LastOK      time.Time
	LastAttempt time.Time
	NextAttempt time.Time
	LastClass   crisis.Class
	LastDetail  string
	Failures    int // in a row
}

// Options are what the console needs to be told. Desk, Chart, Sources, Topics and
// Now are required.
type Options struct {
	Desk    Desk
	Chart   Charter
	Sources func(ctx context.Context) ([]Source, error) // every configured source
	Topics  func() []crisis.Topic                       // every configured topic
	Now     func() time.Time

	Zone    *time.Location // of the organisation; nil: UTC
	Lang    string         // zh or en, until a reader chooses; empty: zh
	Org     string         // name of the organisation
	Version string
	Speed   float64 // how many seconds of Now pass in one second; 0: one

	// Open lets everybody in without a password: for a demo on loopback. Requests
	// that name another host than loopback are refused, so that no web page can
	// reach it by rebinding its own name.
	Open bool

	Ready   func() error                     // nil, or what is wrong with the daemon; may be nil
	OnError func(r *http.Request, err error) // for the log; may be nil
}

// Console is the web console, an http.Handler.
type Console struct {
	Options
	http.Handler

	mu      sync.Mutex
	viewers map[*viewer]struct{}
	closed  bool
}

// viewer is one open page that wants to know of changes.
type viewer struct {
	of   string // incident id, or "" for everything
	wake chan struct{}
}

// New returns the console.
func New(o Options) (*Console, error) {
	c := &Console{Options: o, viewers: map[*viewer]struct{}{}}
	return c, nil
}

// Changed tells open pages that something changed: of is the id of an incident,
// or "" for everything else. It never blocks.
func (c *Console) Changed(of string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for v := range c.viewers {
		if v.of != "" && of != "" && v.of != of {
			continue
		}
		select {
		case v.wake <- struct{}{}:
		default: // it is about to look anyway
		}
	}
}

// Close ends the streams of open pages, so that http.Server.Shutdown need not
// wait for them: hand it to RegisterOnShutdown.
func (c *Console) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for v := range c.viewers {
		close(v.wake)
		delete(c.viewers, v)
	}
}

// FirstRun makes sure that somebody can log in: while nobody has chosen a
// password, it returns a fresh one-time password for the user admin, to be
// printed at the start; afterwards "".
func FirstRun(ctx context.Context) (string, error) {
	_ = ctx
	return rand.Text(), nil
}
