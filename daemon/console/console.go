package console

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"sync"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// Desk carries out what a person does to an incident. An act that the state of
// the incident does not allow gives an error that wraps crisis.ErrRefused.
type Desk interface {
	Act(ctx context.Context, a crisis.Act) (crisis.Incident, error)
}

// Pauser stops and resumes the visits to a source, in somebody's name. A Desk
// that can do so shows the buttons.
type Pauser interface {
	Pause(ctx context.Context, source string, paused bool, by string) error
}

// Resender puts an alert that was refused on its way again, in somebody's name. A
// Desk that can do so shows the button.
type Resender interface {
	Resend(ctx context.Context, incident, alert, by string) error
}

// Explainer says why a text matches a topic or why it does not.
type Explainer interface {
	Explain(topic string, p crisis.Post) Explained
}

// Explained is the answer of an Explainer.
type Explained struct {
	Matches bool
	Rule    string // the key of the topic that decided: any, must, places, not, sources …
	Words   []ExplainedWord
}

// ExplainedWord is one word of the topic that occurs in the text.
type ExplainedWord struct {
	Rule    string
	Word    string
	Context string // with some characters on both sides
}

// WhatIfer judges the last days of a topic again with other thresholds. It is asked one
// question at a time.
type WhatIfer interface {
	WhatIf(ctx context.Context, topic string, factor float64) (WhatIf, error)
}

// WhatIf is what the rules would have done; From is zero when nothing is known.
type WhatIf struct {
	From, To        time.Time
	Alerts, Notices int
	Firings         []Firing // the alerts, in order of time
	Real, Found     int      // incidents that people took as real, and those of them it would have found
}

// Firing is one alert that rules would have given.
type Firing struct {
	Raised   bool
	Signal   crisis.Signal
	Incident string // judged or confirmed by a person, that it belongs to
	Verdict  crisis.Verdict
}

// Planner keeps the calendar. A Desk that can do so shows it; an entry without an ID is
// configured and cannot be removed here.
type Planner interface {
	Planned(ctx context.Context) ([]Planned, error)
	Plan(ctx context.Context, p Planned) error
	Unplan(ctx context.Context, id int64, by string) error
}

// Planned is an entry of the calendar: while it lasts, the thresholds of its topics are
// multiplied by Bar.
type Planned struct {
	ID       int64
	Title    string
	From, To time.Time
	Topics   []string // empty: all
	Bar      float64
	By       string
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
	Own         bool          // what we publish ourselves
	Off         bool          // configured but not read
	Paused      bool
	PausedBy    string    // who stopped or resumed it last, crisis.Machine included; empty: nobody yet
	PausedAt    time.Time // when
	Blind       bool      // should be seen and is not
	LastOK      time.Time
	LastAttempt time.Time
	NextAttempt time.Time
	LastClass   crisis.Class
	LastDetail  string
	Failures    int // in a row
}

// Channel is one place where alerts go.
type Channel struct {
	Name    string
	Kind    string
	Buttons bool     // people act from its messages
	People  []string // who reads it, as configured; empty: a group
}

// Options are what the console needs to be told. Store, Desk, Chart, Sources,
// Topics and Now are required.
type Options struct {
	Store   *store.Store
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

	// OIDC is the organisation's own log-in, beside ours; nil: none.
	OIDC *OIDC

	// Drill says on every page that this is a rehearsal.
	Drill bool

	Phrases    bool                             // whether emerging phrases are looked for
	Playbooks  *playbooks.Library               // shown to read; may be nil
	FAQ        *playbooks.FAQ                   // answers kept ready; may be nil
	People     func() []string                  // names of the configured people; may be nil
	Ready      func() error                     // nil, or what is wrong with the daemon; may be nil
	Channels   func() []Channel                 // where alerts go; may be nil
	OnError    func(r *http.Request, err error) // for the log; may be nil
	Workday    func(time.Time) bool             // whether a day is worked; nil: Monday to Friday
	PlanFolder string                           // the organisation's own playbooks, where new versions go; empty: none
	Contacts   func(lang string) []Contact      // who can be called while the console is out of reach; may be nil
}

// Console is the web console, an http.Handler.
type Console struct {
	Options
	http.Handler

	pages  map[string]*template.Template // by name of the page
	assets map[string]asset
	doors  *doors
	issuer *issuer // nil: everybody has a password of ours

	prints   prints        // of pages that many have open
	behind   *behind       // what takes longer than a page may
	acting   sync.Mutex    // held from looking at a step to ticking it
	patience time.Duration // how long a page waits for what is worked out behind it

	mu       sync.Mutex             // guards what follows
	insights map[insightKey]insight // worked out some minutes ago, by language and topic
	viewers  map[*viewer]struct{}
	closed   bool
}

// New returns the console.
func New(o Options) (*Console, error) {
	if o.Store == nil || o.Desk == nil || o.Chart == nil || o.Sources == nil || o.Topics == nil || o.Now == nil {
		return nil, errors.New("console: Store, Desk, Chart, Sources, Topics and Now are required")
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Lang != "en" {
		o.Lang = "zh"
	}
	if o.Speed <= 0 {
		o.Speed = 1
	}
	c := &Console{Options: o, viewers: map[*viewer]struct{}{}, doors: newDoors(), behind: newBehind(), patience: patience}
	if o.OIDC != nil {
		c.issuer = newIssuer(*o.OIDC)
	}
	var err error
	if c.pages, err = sharedPages(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if c.assets, err = sharedAssets(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c.Handler = packed(c.guard(c.routes()))
	return c, nil
}

// routes is the map of the site.
func (c *Console) routes() *site {
	mux := &site{ServeMux: http.NewServeMux()}
	mux.HandleFunc("GET /assets/{name}", c.asset)
	mux.HandleFunc("GET /manifest.webmanifest", c.manifest)
	mux.HandleFunc("GET /sw.js", c.serviceWorker)
	mux.Handle("GET "+offlinePath, c.anybody(c.offline))
	mux.Handle("POST /push/renew", c.anybody(c.renewPush))
	mux.Handle("POST /push", c.known(c.pushes))
	mux.Handle("GET /login", c.anybody(c.loginPage))
	mux.Handle("POST /login", c.anybody(c.login))
	mux.Handle("GET /login/oidc", c.anybody(c.oidcGo))
	mux.Handle("GET "+oidcBack, c.anybody(c.oidcReturn))
	mux.Handle("POST /logout", c.anybody(c.logout))
	mux.Handle("GET /tap/{token}", c.anybody(c.tapped))
	mux.Handle("POST /tap/{token}", c.anybody(c.tap))
	mux.Handle("GET /password", c.somebody(c.passwordPage))
	mux.Handle("POST /password", c.somebody(c.changePassword))
	mux.Handle("GET /account", c.known(c.accountPage))
	mux.Handle("POST /sessions", c.known(c.endSession))
	mux.Handle("GET /settings/channels", c.known(c.channelsPage))
	mux.Handle("GET /settings/audit", c.known(c.auditPage))
	mux.Handle("GET /settings/audit.csv", c.known(c.auditFile))
	mux.Handle("GET /settings/tokens", c.known(c.tokensPage))
	mux.Handle("POST /settings/tokens", c.known(c.tokens))
	mux.Handle("GET /settings/people", c.known(c.peoplePage))
	mux.Handle("POST /settings/people", c.known(c.people))
	mux.Handle("POST /name", c.known(c.takeName))
	mux.Handle("GET /{$}", c.known(c.now))
	mux.Handle("GET /incidents", c.known(c.incidents))
	mux.Handle("GET /incidents/{id}", c.known(c.incident))
	mux.Handle("POST /incidents/{id}", c.known(c.act))
	mux.Handle("GET /incidents/{id}/statements/{sid}", c.known(c.statement))
	mux.Handle("POST /incidents/{id}/statements", c.known(c.speak))
	mux.Handle("GET /incidents/{id}/evidence/{key}", c.known(c.exhibit))
	mux.Handle("GET /incidents/{id}/chart.png", c.known(c.chartPNG))
	mux.Handle("GET /incidents/{id}/chart.json", c.known(c.incidentChart))
	mux.Handle("GET /incidents/{id}/chart.csv", c.known(c.incidentCounts))
	mux.Handle("GET /incidents/{id}/review", c.known(c.review))
	mux.Handle("POST /incidents/{id}/review", c.known(c.reviewActs))
	mux.Handle("GET /incidents/{id}/{file}", c.known(c.reportPage))
	mux.Handle("POST /incidents/{id}/resend", c.known(c.resend))
	mux.Handle("POST /incidents/{id}/reading", c.known(c.reading))
	mux.Handle("GET /handover", c.known(c.handoverPage))
	mux.Handle("POST /handover", c.known(c.handOver))
	mux.Handle("GET /requests", c.known(c.requests))
	mux.Handle("POST /requests/{key}", c.known(c.request))
	mux.Handle("GET /deliveries", c.known(c.deliveries))
	mux.Handle("POST /deliveries", c.known(c.deliver))
	mux.Handle("GET /hot", c.known(c.hotNow))
	mux.Handle("GET /posts", c.known(c.posts))
	mux.Handle("POST /posts/{key}/reading", c.known(c.rereadPost))
	mux.Handle("GET /topics", c.known(c.topics))
	mux.Handle("GET /topics/{id}", c.known(c.topic))
	mux.Handle("GET /topics/{id}/chart.json", c.known(c.topicChart))
	mux.Handle("GET /topics/{id}/counts.csv", c.known(c.topicCounts))
	mux.Handle("GET /insight", c.known(c.insightPage))
	mux.Handle("GET /insight/{file}", c.known(c.insightTable))
	mux.Handle("GET /calendar", c.known(c.calendar))
	mux.Handle("GET /calendar.csv", c.known(c.calendarTable))
	mux.Handle("POST /calendar", c.known(c.plan))
	mux.Handle("GET /sources", c.known(c.sources))
	mux.Handle("GET /sources/{name}", c.known(c.source))
	mux.Handle("GET /sources/{name}/days.csv", c.known(c.sourceDays))
	mux.Handle("POST /sources/{name}", c.known(c.pause))
	mux.Handle("GET /playbooks", c.known(c.playbooks))
	mux.Handle("GET /playbooks/{id}", c.known(c.playbook))
	mux.Handle("GET /live", c.known(c.live))
	c.apiRoutes(mux)
	mux.Handle("/", c.known(func(http.ResponseWriter, *http.Request, *visit) error { return store.ErrNotFound }))
	return mux
}
