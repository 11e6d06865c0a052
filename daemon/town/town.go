package town

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"watchfire/crisis"
)

// Town is one run of the city. It does not change once made, and may be used by
// several goroutines.
type Town struct {
	seed   uint64
	begin  time.Time
	zone   *time.Location
	days   int
	truth  Truth
	plot   []beat  // what happens once, in order of time
	guests []Guest // what others put into its mouth, in order of time
}

// New returns the town that seed makes. Its first post is not before begin; the
// crisis happens in the evening of the last of the days. A nil zone is that of
// China; fewer days than one are one.
func New(seed uint64, begin time.Time, zone *time.Location, days int) *Town {
	if zone == nil {
		zone = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	t := &Town{seed: seed, begin: begin, zone: zone, days: max(days, 1)}
	t.plan()
	return t
}

// Begin is when the town begins to talk.
func (t *Town) Begin() time.Time { return t.begin }

// Zone is the town's time zone.
func (t *Town) Zone() *time.Location { return t.zone }

// Truth is what really happens in the town, for tests and for those who direct it.
type Truth struct {
	Live      time.Time // a good moment to begin watching: a quarter of an hour before the crisis
	Crisis    Crisis
	Flood     Flood
	Programme Programme
	Dead      Dead
	Stale     Stale
}

// Crisis is the one real crisis: the tap water smells.
type Crisis struct {
	Topic     string
	Start     time.Time // the first complaint
	Media     time.Time // the first news
	Rumour    time.Time // the first talk of a leaking chemical plant
	Statement time.Time // the first official word
	End       time.Time // the cascade's last post; what is left is the usual
	Posts     int
}

// Flood is a wave of posts by few authors.
type Flood struct {
	Topic      string
	Source     string
	Start, End time.Time
	Posts      int
	Authors    int
}

// Programme is an evening show that is talked about every day at its hour.
type Programme struct {
	Topic  string
	Daily  time.Duration // from local midnight to its beginning
	Length time.Duration
}

// Dead is a source that answers 503 from a moment on, and gets no more posts.
type Dead struct {
	Source string
	From   time.Time
}

// Stale is a source that shows, for a while, what it showed at From.
type Stale struct {
	Source   string
	From, To time.Time
}

// Truth returns what really happens.
func (t *Town) Truth() Truth { return t.truth }

// Label is what the generator meant with a post.
type Label struct {
	Topic string      // the topic it is about, empty for chatter
	Role  string      // the part it plays, such as "water.child"
	Mood  crisis.Mood // how it was meant
}

// Posts yields what is said from from, before to, in order of time. Author holds
// the author's id as the site shows it.
func (t *Town) Posts(from, to time.Time) iter.Seq[crisis.Post] {
	return func(yield func(crisis.Post) bool) {
		for p := range t.Labelled(from, to) {
			if !yield(p) {
				return
			}
		}
	}
}

// Labelled yields the same posts as Posts, each with what was meant.
func (t *Town) Labelled(from, to time.Time) iter.Seq2[crisis.Post, Label] {
	return t.told(bases(), from, to)
}

// told yields the posts with addresses below bases.
func (t *Town) told(bases [siteCount]string, from, to time.Time) iter.Seq2[crisis.Post, Label] {
	return func(yield func(crisis.Post, Label) bool) {
		if from.Before(t.begin) {
			from = t.begin
		}
		w := t.walker()
		w.bases = bases
		first, last := from.Unix(), to.Unix()
		for m := first / 60; m*60 < last; m++ {
			guests := t.visitors(m)
			for k, s := range w.minute(m) {
				for ; len(guests) > 0 && guests[0].At.Unix() <= s.at; guests = guests[1:] {
					if !w.utter(&guests[0], first, last, yield) {
						return
					}
				}
				if s.at < first || s.at >= last {
					continue
				}
				if !yield(w.write(s, k)) {
					return
				}
			}
			for i := range guests {
				if !w.utter(&guests[i], first, last, yield) {
					return
				}
			}
		}
	}
}

// Bench yields the town's first n posts, crisis or not, as fast as it can.
func (t *Town) Bench(n int) iter.Seq[crisis.Post] {
	return func(yield func(crisis.Post) bool) {
		if n <= 0 {
			return
		}
		for p := range t.Posts(t.begin, t.begin.AddDate(1000, 0, 0)) {
			if !yield(p) {
				return
			}
			if n--; n == 0 {
				return
			}
		}
	}
}

// WriteJSONL writes the posts from from, before to, as lines that `watchfire
// replay` reads. The topic of each line is the truth, not a guess from its words.
func (t *Town) WriteJSONL(w io.Writer, from, to time.Time) error {
	type line struct {
		ID        string    `json:"id"`
		Source    string    `json:"source"`
		Author    string    `json:"author_hash,omitempty"`
		Published time.Time `json:"published"`
		Text      string    `json:"text"`
		Topic     string    `json:"topic,omitempty"`
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for p, l := range t.Labelled(from, to) {
		author := crisis.AuthorHash([]byte("town"), p.Source, p.Author)
		if err := e.Encode(line{p.ID, p.Source, author, p.Published, p.FullText(), l.Topic}); err != nil {
			return fmt.Errorf("write posts of the town: %w", err)
		}
	}
	return nil
}
