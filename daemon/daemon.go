package daemon

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
	"watchfire/detectors/reading"
	"watchfire/playbooks"
)

// Daemon is the whole product as a value: the rooms, the store between them, and
// the loops that carry posts to people.
type Daemon struct {
	cfg      *Config
	log      *zap.Logger
	clock    Clock
	store    *store.Store          // the only queue between the stages
	reader   *reading.Reader       // understands posts
	library  *playbooks.Library    // what to do
	faq      *playbooks.FAQ        // answers kept ready; nil for none
	people   *directory            // who does it
	web      *crawlers.Web         // how sites are read
	handler  http.Handler          // console, health, metrics, inbound posts
	metrics  *metrics              // what /metrics shows
	console  *console.Console      // pages that want to know of changes
	artist   *artist               // pictures for alerts
	open     bool                  // the console asks for no password: a demo on loopback
	drill    bool                  // everything is a rehearsal and says so
	closing  closing               // who closes a quiet incident
	phrases  *phrases              // what nobody configured a word for
	heard    []func(Occurrence)    // told of everything that happens
	progress []func(done, all int) // told how far a replay is
	topics   map[string]crisis.Topic
	closers  []closer // run last in, first out

	authorKey    []byte              // key of author hashes
	tapKey       []byte              // key of signed links
	topicSources map[string][]string // topics that watch some sources only
	started      time.Time
	wakes        map[string]chan struct{} // per channel: something may be due
	pacers       map[string]*pacer        // per channel: when the next attempt may be made

	crawled, ticked, delivered atomic.Int64 // unix seconds of the last progress
	audited                    atomic.Int64 // unix seconds of the last audit
	unsound                    atomic.Bool  // the last audit has found something
	full                       atomic.Bool  // the disk is full: nothing is taken in
	fullSince                  atomic.Int64 // unix seconds

	doors   sync.Map // pushing source to *sync.Mutex, held while one of its deliveries is taken in
	visited visited  // what charts were told last

	// mu guards room: counting, judging and remembering never overlap.
	mu   sync.Mutex
	room *room
}

// closing says who closes an incident that has gone quiet.
type closing int

const (
	closeByPerson closing = iota // a person, or the machine after the configured hours
	closeAtOnce                  // the machine, as soon as the alarm is over: nobody acts in a replay
)

type closer struct {
	name  string
	close func() error
}

// Option changes how a daemon is put together.
type Option func(*Daemon)

// WithClock makes the daemon live in the time of another clock.
func WithClock(c Clock) Option { return func(d *Daemon) { d.clock = c } }

// WithListener has f told of everything that happens, in order.
func WithListener(f func(Occurrence)) Option {
	return func(d *Daemon) { d.heard = append(d.heard, f) }
}

// WithOpenConsole has the console ask for no password: for a demo on loopback.
func WithOpenConsole() Option { return func(d *Daemon) { d.open = true } }

// WithDrill marks every incident, alert and page as a rehearsal (演练).
func WithDrill() Option { return func(d *Daemon) { d.drill = true } }

// withAutoClose has the machine close what has gone quiet.
func withAutoClose() Option { return func(d *Daemon) { d.closing = closeAtOnce } }

// withProgress has each of fs told how many of all posts a replay has done.
func withProgress(fs []func(done, all int)) Option { return func(d *Daemon) { d.progress = fs } }

// withPhrasesAtOnce has the past of phrases learnt by the first minute that is
// judged, for daemons that do not run: it waits.
func withPhrasesAtOnce() Option { return func(d *Daemon) { d.phrases.atOnce = true } }

// withStore hands over an open store; the daemon closes it.
func withStore(s *store.Store) Option { return func(d *Daemon) { d.store = s } }

// New puts a daemon together and remembers the past from its store. It neither
// crawls nor sends before Run.
func New(ctx context.Context, cfg *Config, log *zap.Logger, options ...Option) (_ *Daemon, err error) {
	d := &Daemon{
		cfg: cfg, log: log, clock: WallClock{}, phrases: newPhrases(),
		topics: map[string]crisis.Topic{}, topicSources: map[string][]string{}, wakes: map[string]chan struct{}{}, pacers: map[string]*pacer{},
	}
	for _, o := range options {
		o(d)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	d.started = d.clock.Now()
	if err := d.openStore(); err != nil {
		return nil, err
	}
	if err := d.furnish(ctx); err != nil {
		return nil, err
	}
	if cfg.entered, err = loadEntered(ctx, d.store, d.started); err != nil {
		return nil, err
	}
	if err := d.remember(ctx, d.started); err != nil {
		return nil, fmt.Errorf("remember the past: %w", err)
	}
	if err := d.openAgenda(ctx); err != nil {
		return nil, err
	}
	if err := d.mend(ctx); err != nil {
		return nil, fmt.Errorf("look at the channels: %w", err)
	}
	if d.handler, err = d.routes(); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Daemon) openStore() error {
	if d.store == nil {
		if err := os.MkdirAll(d.cfg.Data, 0o750); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
		s, err := store.Open(filepath.Join(d.cfg.Data, "watchfire.db"))
		if err != nil {
			return fmt.Errorf("open the store: %w", err)
		}
		d.store = s
	}
	d.closers = append(d.closers, closer{"store", d.store.Close})
	return d.store.Limit(context.Background(), d.cfg.Keep.Size)
}

// furnish prepares the rooms: topics and reader, playbooks, the web.
func (d *Daemon) furnish(ctx context.Context) error {
	for _, t := range d.cfg.Topics {
		d.topics[t.ID] = t
		if len(t.Sources) > 0 {
			d.topicSources[t.ID] = t.Sources
		}
	}
	var err error
	if d.reader, err = NewReader(d.cfg); err != nil {
		return err
	}
	if d.library, err = loadPlaybooks(d.cfg.Playbooks); err != nil {
		return err
	}
	if d.people, err = newDirectory(d.cfg, d.library.Vocabulary()); err != nil {
		return err
	}
	if d.faq, err = loadFAQ(d.cfg.FAQ, d.library); err != nil {
		return err
	}
	if d.web, err = d.newWeb(); err != nil {
		return err
	}
	for _, ch := range d.cfg.Channels {
		d.wakes[ch.Name] = make(chan struct{}, 1)
		d.pacers[ch.Name] = newPacer(ch.Sender)
	}
	d.metrics = newMetrics(d)
	d.phrases.config, d.phrases.store = d.cfg.Phrases, d.store
	return errors.Join(d.loadAuthorKey(ctx), d.loadTapKey(ctx), lend(ctx, d.cfg.Channels, d.store, d.clock.Now))
}

func loadPlaybooks(dir string) (*playbooks.Library, error) {
	if dir == "" {
		lib, err := playbooks.Load(playbooks.Builtin())
		if err != nil {
			return nil, fmt.Errorf("load built-in playbooks: %w", err)
		}
		return lib, nil
	}
	lib, err := playbooks.Load(playbooks.Builtin(), os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("load playbooks from %s: %w", dir, err)
	}
	return lib, nil
}

// loadFAQ reads the answers kept ready; nil when there are none.
func loadFAQ(path string, library *playbooks.Library) (*playbooks.FAQ, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the answers kept ready: %w", err)
	}
	f, err := library.ParseFAQ(path, b)
	if err != nil {
		return nil, fmt.Errorf("read the answers kept ready: %w", err)
	}
	return f, nil
}

func (d *Daemon) newWeb() (*crawlers.Web, error) {
	return crawlers.NewWeb(crawlers.Options{
		UserAgent: userAgent(d.cfg.Contact), Allow: d.cfg.Intranet, Now: d.clock.Now,
		HostDelay: d.cfg.Pace.HostDelay, Timeout: d.cfg.Pace.Timeout, MaxBody: d.cfg.Pace.MaxBody,
	})
}

// loadAuthorKey takes the key of author hashes from the configuration, else from
// the store, where the first start leaves one.
func (d *Daemon) loadAuthorKey(ctx context.Context) error {
	if key := d.cfg.AuthorKey.Reveal(); key != "" {
		d.authorKey = []byte(key)
		return nil
	}
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(settingAuthorKey)
		if errors.Is(err, store.ErrNotFound) || (err == nil && text == "") {
			key := make([]byte, 32)
			if _, err := rand.Read(key); err != nil {
				return err
			}
			text = hex.EncodeToString(key)
			err = tx.SetSetting(settingAuthorKey, text)
		}
		d.authorKey = []byte(text)
		return err
	})
	if err != nil {
		return fmt.Errorf("key of author hashes: %w", err)
	}
	return nil
}

// Close ends everything that New and Run started, last in first out.
func (d *Daemon) Close() error {
	var errs []error
	for _, c := range slices.Backward(d.closers) {
		if err := c.close(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", c.name, err))
		}
	}
	d.closers = nil
	return errors.Join(errs...)
}

// Handler serves console, health, metrics and inbound posts.
func (d *Daemon) Handler() http.Handler { return d.handler }

// Store is the daemon's store, for commands that read it.
func (d *Daemon) Store() *store.Store { return d.store }

// Library returns the playbooks in force.
func (d *Daemon) Library() *playbooks.Library { return d.library }

// topic returns a configured topic, or one that came with the posts.
func (d *Daemon) topic(id string) crisis.Topic {
	if t, ok := d.topics[id]; ok {
		return t
	}
	return crisis.Topic{ID: id, Title: id}
}

// sourceConfig returns the configuration of a source, or a bare one for a source
// that came with the posts.
func (d *Daemon) sourceConfig(name string) *Source {
	for i := range d.cfg.Sources {
		if d.cfg.Sources[i].Name == name {
			return &d.cfg.Sources[i]
		}
	}
	return &Source{Name: name}
}

// tell passes an occurrence to the log and to whoever listens.
func (d *Daemon) tell(o Occurrence) {
	d.log.Info(o.Kind, zap.String("topic", o.Topic), zap.String("detector", o.Detector), zap.Stringer("level", o.Level),
		zap.Float64("observed", o.Observed), zap.Float64("expected", o.Expected), zap.Float64("score", o.Score),
		zap.String("incident", o.Incident), zap.String("detail", o.Detail))
	for _, f := range d.heard {
		f(o)
	}
}

// wake tells every channel that something may be due. The signal is a hint: the
// outbox is the queue, and it is looked at regularly anyway.
func (d *Daemon) wake() {
	d.console.Changed("")
	for _, c := range d.wakes {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
