package daemon

import (
	"time"

	"watchfire/crisis"
	"watchfire/detectors"
	"watchfire/detectors/reading"
)

// memory is how far back a room remembers: the longest baseline of a detector.
const memory = 30 * 24 * time.Hour

// recent is how far back posts still matter to counting: near-duplicate groups
// look back this long, and detectors judge windows of at most this length.
const recent = 6 * time.Hour

// room is what the daemon keeps in memory between two ticks: one watch per topic
// and per source, who spoke in the last hour, and the near-duplicate groups. All
// of it is rebuilt from the store by remember, so that a restart needs no warm-up.
type room struct {
	cfg     *Config
	rules   []detectors.Detector
	topics  map[string]*detectors.Watch
	sources map[string]*detectors.Watch
	voices  *detectors.Voices
	groups  *reading.Groups
	rhythms map[string]rhythm // of each source that can fall silent

	ours      map[string]bool      // the sources that are our own
	published map[uint64]time.Time // prints of what these published, and when they or copies were last seen

	agenda map[string]*appointment // when the clocks of each incident are looked at again

	minute time.Time       // the last minute that was judged
	sees   map[string]bool // the sources that could be seen then
}

// rhythm is how often a source is heard.
type rhythm struct {
	every  time.Duration
	polled bool // we visit it; else it sends by itself
}

func newRoom(cfg *Config, rules []detectors.Detector, rhythms map[string]rhythm) *room {
	r := &room{
		cfg: cfg, rules: rules, rhythms: rhythms,
		topics: map[string]*detectors.Watch{}, sources: map[string]*detectors.Watch{},
		voices: detectors.NewVoices(), groups: reading.NewGroups(recent),
		ours: map[string]bool{}, published: map[uint64]time.Time{}, agenda: map[string]*appointment{},
	}
	for i := range cfg.Sources {
		if s := &cfg.Sources[i]; s.Own {
			r.ours[s.Name] = true
		}
	}
	for i := range cfg.Topics { // what nobody has ever spoken of is watched too: its first posts are news
		r.topic(cfg.Topics[i].ID)
	}
	for name := range rhythms { // also the source that has never brought anything can be missed
		r.source(name)
	}
	return r
}

// topic returns the watch of a topic; one that comes with the posts is made when it
// is first spoken of.
func (r *room) topic(name string) *detectors.Watch {
	w := r.topics[name]
	if w == nil {
		w = detectors.NewWatch(name, r.cfg.Zoned(), r.rules).Under(r.cfg.bar(name))
		r.topics[name] = w
	}
	return w
}

// source returns the watch of a source, which looks for silence only.
func (r *room) source(name string) *detectors.Watch {
	w := r.sources[name]
	if w == nil {
		var rules []detectors.Detector
		for _, d := range r.rules {
			blind, ok := d.(*detectors.Blind)
			switch beat := r.rhythms[name]; {
			case !ok || beat.every == 0:
			case beat.polled:
				rules = append(rules, blind.ForSource(beat.every))
			default:
				rules = append(rules, blind.ForSender(beat.every))
			}
		}
		w = detectors.NewWatch(name, r.cfg.Zoned(), rules)
		r.sources[name] = w
	}
	return w
}

// turn is what one tick brought about one topic or source.
type turn struct {
	detectors.Turn
	name   string
	source bool // name is a source
}

// tick judges the minute that ends at m. Covered gives the share of the sources
// that see a topic, or one source, in that minute. Turns come in the order of
// names, so that the same past gives the same future.
func (r *room) tick(m time.Time, covered func(name string, source bool) float64) []turn {
	var out []turn
	judge := func(watches map[string]*detectors.Watch, source bool) {
		for _, name := range keysOf(watches) {
			w := watches[name]
			w.Series().Cover(m.Add(-time.Minute), covered(name, source))
			for _, t := range w.Tick(m) {
				out = append(out, turn{Turn: t, name: name, source: source})
			}
		}
	}
	judge(r.sources, true)
	judge(r.topics, false)
	r.minute = m
	return out
}

// tally is what posts add to one minute of one topic or source.
type tally struct {
	name   string
	source bool
	minute time.Time
	known  time.Time // the last minute that had been judged when it was counted
	count  crisis.Count
}

// boardBefore is how long ago an entry counts as seen that stood on a hot board when
// we first looked.
const boardBefore = 5*time.Hour + 30*time.Minute

// add counts tallies, unless they are back-fill of a window that was judged when
// they came in: what was there before we first looked is not news.
func (r *room) add(tallies []tally, backfill bool) {
	for _, t := range tallies {
		if backfill && t.known.Sub(t.minute) < recent {
			if t.count.Rank == 0 {
				continue
			}
			t.minute, t.count = t.minute.Add(-boardBefore), crisis.Count{Rank: t.count.Rank}
		}
		if t.source {
			r.source(t.name).Series().Add(t.minute, t.count)
		} else {
			r.topic(t.name).Series().Add(t.minute, t.count)
		}
	}
}
