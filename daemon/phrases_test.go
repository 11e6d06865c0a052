package daemon

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// talk is a daemon that hears of things no topic has a word for.
type talk struct {
	*testing.T
	d     *Daemon
	file  string
	clock *steppedClock
	told  []string
	n     int // of posts made
}

func newTalk(t *testing.T, options ...Option) *talk {
	t.Helper()
	k := &talk{T: t, file: filepath.Join(t.TempDir(), "talk.db"), clock: &steppedClock{now: eight}}
	k.start(options...)
	t.Cleanup(func() {
		if err := k.d.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

// start begins the daemon from what its store holds.
func (k *talk) start(options ...Option) {
	k.Helper()
	s, err := store.OpenScratch(k.file)
	if err != nil {
		k.Fatal(err)
	}
	options = append(options, WithClock(k.clock), withStore(s), WithListener(func(o Occurrence) {
		k.told = append(k.told, o.Kind+" "+o.Topic+" "+strings.Join(o.Phrases, " "))
	}))
	if k.d, err = New(k.Context(), DefaultConfig(), zap.NewNop(), options...); err != nil {
		k.Fatal(err)
	}
}

// posts makes n posts, one a minute until now, of different words around a phrase.
func (k *talk) posts(n int, phrase string) []crisis.Post {
	out := make([]crisis.Post, n)
	for i := range out {
		k.n++
		var b strings.Builder
		for c := range 30 {
			if c == 3+i%20 {
				b.WriteString(phrase)
			}
			b.WriteRune(rune(0x4e00 + (uint64(k.n*100+c)*11400714819323198485>>32)%8000))
		}
		out[i] = crisis.Post{
			Source: "bbs", ID: fmt.Sprint(k.n), Author: fmt.Sprint("a", k.n), Text: b.String(), Precision: crisis.PrecisionSecond,
			Published: k.clock.now.Add(-time.Duration(n-i) * time.Minute),
		}
	}
	return out
}

// hear takes posts in, as a visit to a source does.
func (k *talk) hear(posts []crisis.Post, backfill bool) {
	k.Helper()
	src := &Source{Name: "bbs"}
	in := delivery{source: src, harvest: crawlers.Harvest{Posts: posts}, cover: crisis.Coverage{Source: "bbs", At: k.clock.now, Class: crisis.ClassOK, Backfill: backfill}}
	if _, err := k.d.ingest(k.Context(), in); err != nil {
		k.Fatal(err)
	}
}

// pass lets minutes pass.
func (k *talk) pass(minutes int) {
	k.Helper()
	for range minutes {
		k.clock.now = k.clock.now.Add(time.Minute)
		if err := k.d.Tick(k.Context(), k.clock.now); err != nil {
			k.Fatal(err)
		}
	}
}

func (k *talk) learn(posts []crisis.Post) {
	k.Helper()
	if err := k.d.Learn(k.Context(), posts); err != nil {
		k.Fatal(err)
	}
}

func (k *talk) emerged() (out []crisis.Emerged) {
	k.Helper()
	if err := k.d.store.View(k.Context(), func(tx *store.Tx) (err error) {
		out, err = tx.Emerged(time.Time{}.AddDate(1970, 0, 0))
		return err
	}); err != nil {
		k.Fatal(err)
	}
	return out
}

const slide = "滨江乐园飞椅停转"

func TestPhraseIsToldOnce(t *testing.T) {
	k := newTalk(t, withPhrasesAtOnce())
	k.learn(k.posts(6000, ""))
	k.pass(1)
	k.hear(k.posts(8, slide), false)
	k.pass(15)
	if len(k.told) != 1 || k.told[0] != "signal  "+slide {
		t.Fatalf("told %q, want the phrase once", k.told)
	}
	e := k.emerged()
	if len(e) != 1 || e[0].Phrases[0] != slide || e[0].Posts != 8 || e[0].Voices != 8 || e[0].Sources["bbs"] != 8 || len(e[0].Exemplars) == 0 {
		t.Fatalf("stored %+v", e)
	}
	var quotes []crisis.Evidence
	if err := k.d.store.View(t.Context(), func(tx *store.Tx) (err error) {
		quotes, err = tx.Quote(e[0].Exemplars)
		return err
	}); err != nil || len(quotes) != len(e[0].Exemplars) || !strings.Contains(quotes[0].Quote, slide) {
		t.Errorf("quoted %+v, %v", quotes, err)
	}
}

// TestPhraseAfterRestart has the past learnt behind the first minute, as in a daemon
// that runs, while more posts come in.
func TestPhraseAfterRestart(t *testing.T) {
	k := newTalk(t, withPhrasesAtOnce())
	k.learn(k.posts(6000, ""))
	k.pass(1)
	k.hear(k.posts(8, slide), false)
	k.pass(12)
	if err := k.d.Close(); err != nil {
		t.Fatal(err)
	}
	k.start()
	k.hear(k.posts(3, slide), false) // before anything is known of the past
	k.pass(1)
	k.hear(k.posts(2, slide), false) // while it is learnt
	k.d.learnPhrases(t.Context())
	k.hear(k.posts(8, "幼儿园午饭吃坏肚子"), false)
	k.pass(15)
	if len(k.told) != 2 || !strings.Contains(k.told[1], "幼儿园午饭") {
		t.Errorf("told %q, want each phrase once", k.told)
	}
	e := k.emerged()
	if len(e) != 2 || e[0].Posts != 13 || e[0].Voices != 13 {
		t.Errorf("want 13 posts about the first topic, each counted once: %+v", e)
	}
}

func TestBackfillIsNoNews(t *testing.T) {
	k := newTalk(t, withPhrasesAtOnce())
	k.learn(k.posts(6000, ""))
	k.pass(1)
	k.hear(k.posts(8, slide), true)
	k.pass(15)
	if len(k.told) != 0 || len(k.emerged()) != 0 {
		t.Errorf("the first visit to a source was news: %q", k.told)
	}
	if err := k.d.Close(); err != nil {
		t.Fatal(err)
	}
	k.start(withPhrasesAtOnce())
	k.pass(15)
	if len(k.told) != 0 {
		t.Errorf("after a restart the first visit to a source was news: %q", k.told)
	}
}

// TestPhraseIsKeptUntilStored checks that what a search found is handed out again
// until it stands in the store: a minute that could not be stored is judged again.
func TestPhraseIsKeptUntilStored(t *testing.T) {
	k := newTalk(t, withPhrasesAtOnce())
	k.learn(k.posts(6000, ""))
	k.pass(1)
	k.hear(k.posts(8, slide), false)
	at := k.clock.now.Truncate(searchEvery).Add(searchEvery)
	for range 2 {
		n, err := k.d.phrases.search(t.Context(), at)
		if err != nil || len(n.found) != 1 || len(n.topics) != 1 {
			t.Fatalf("found %+v, %v", n, err)
		}
	}
	k.d.phrases.stored()
	if n, err := k.d.phrases.search(t.Context(), at); err != nil || len(n.found) != 0 || len(n.topics) != 0 {
		t.Errorf("found again %+v, %v", n, err)
	}
}

func TestPhrasesOff(t *testing.T) {
	cfg, err := ParseConfig("test.yaml", []byte("phrases: {off: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	k := newTalk(t, withPhrasesAtOnce())
	k.d.phrases.config = cfg.Phrases
	k.learn(k.posts(6000, ""))
	k.pass(1)
	k.hear(k.posts(8, slide), false)
	k.pass(15)
	if len(k.told) != 0 || k.d.phrases.finder != nil || len(k.d.phrases.waiting) != 0 {
		t.Errorf("told %q although it is off", k.told)
	}
}
