package daemon

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// crawlFunc is a source that a test plays.
type crawlFunc func(cursor string) (crawlers.Harvest, error)

func (crawlFunc) Check() error { return nil }

func (f crawlFunc) Crawl(_ context.Context, _ *crawlers.Web, cursor string) (crawlers.Harvest, error) {
	return f(cursor)
}

// TestCrawlAttempts holds that every visit leaves an attempt, that a failure moves
// no cursor, and that a gated source is left alone until a person resumes it.
func TestCrawlAttempts(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	var got string // the cursor of the last visit
	var answer func() (crawlers.Harvest, error)
	s := &Source{Name: "forum", Every: time.Minute, Kind: crawlFunc(func(cursor string) (crawlers.Harvest, error) {
		got = cursor
		return answer()
	})}
	fail := func(class crisis.Class) func() (crawlers.Harvest, error) {
		return func() (crawlers.Harvest, error) {
			return crawlers.Harvest{Cursor: "stolen"}, &crawlers.Error{Class: class, Err: errors.New(strings.Repeat("很长", 1000))}
		}
	}
	post := func(id string) func() (crawlers.Harvest, error) {
		return func() (crawlers.Harvest, error) {
			return crawlers.Harvest{Cursor: id, Class: crisis.ClassOK, Posts: []crisis.Post{{ID: id, Text: "自来水有异味"}}}, nil
		}
	}
	steps := []struct {
		answer   func() (crawlers.Harvest, error)
		class    crisis.Class
		backfill bool
		cursor   string // that the next visit gets
	}{
		{fail(crisis.ClassUnavailable), crisis.ClassUnavailable, false, ""},
		{post("1"), crisis.ClassOK, true, "1"},
		{post("2"), crisis.ClassOK, false, "2"},
		{fail(crisis.ClassMalformed), crisis.ClassMalformed, false, "2"},
		{func() (crawlers.Harvest, error) { panic("a page nobody thought of") }, crisis.ClassMalformed, false, "2"},
		{func() (crawlers.Harvest, error) {
			return crawlers.Harvest{Cursor: "3", Class: crisis.ClassOK, Backfill: true}, nil
		}, crisis.ClassOK, true, "3"},
		{fail(crisis.ClassGated), crisis.ClassGated, false, "3"},
	}
	for i, step := range steps {
		clock.now = clock.now.Add(2 * time.Hour) // past any patience
		answer = step.answer
		if err := d.Crawl(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		attempts, err := d.store.Attempts(t.Context(), s.Name, eight, clock.now.Add(time.Second))
		if err != nil || len(attempts) != i+1 {
			t.Fatalf("after %d visits there are %d attempts, %v", i+1, len(attempts), err)
		}
		last := attempts[i]
		if last.Class != step.class || last.Backfill != step.backfill || len(last.Detail) > 700 {
			t.Errorf("visit %d leaves %+v, want %s, history %v", i+1, last, step.class, step.backfill)
		}
		if state, err := d.source(t.Context(), s.Name); err != nil || state.Cursor != step.cursor {
			t.Errorf("after visit %d the cursor is %q, %v, want %q", i+1, state.Cursor, err, step.cursor)
		}
	}
	got, answer = "none", post("4")
	clock.now = clock.now.Add(48 * time.Hour)
	if err := d.Crawl(t.Context(), s); err != nil || got != "none" {
		t.Errorf("a gated source is visited: cursor %q, %v", got, err)
	}
	holdPause := func(want store.Pause) {
		t.Helper()
		all, err := d.store.LastPauses(t.Context())
		want.Source, want.At = s.Name, all[s.Name].At
		if got := all[s.Name]; err != nil || got != want || got.At.IsZero() {
			t.Errorf("the last pause is %+v, %v, want %+v", got, err, want)
		}
	}
	holdPause(store.Pause{Paused: true, By: crisis.Machine})
	for range 2 { // the second click of a double click
		if err := d.Pause(t.Context(), s.Name, false, "李敏"); err != nil {
			t.Fatal(err)
		}
	}
	holdPause(store.Pause{By: "李敏"})
	if err := d.Crawl(t.Context(), s); err != nil || got != "3" {
		t.Errorf("a resumed source is visited with cursor %q, %v, want 3", got, err)
	}
}

// TestCrawlUnstored holds that a cursor moves only with the posts: when they cannot
// be stored, the next visit begins where the last one did.
func TestCrawlUnstored(t *testing.T) {
	d, _, _, _ := testDaemon(t, "")
	s := &Source{Name: "forum", Every: time.Minute}
	failed := errors.New("no space left")
	err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		cursor := "1"
		if err := d.attempted(tx, s, crisis.Coverage{Source: s.Name, At: eight, Class: crisis.ClassOK}, &cursor); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if state, err := d.source(t.Context(), s.Name); err != nil || state.Cursor != "" || !state.FirstSuccess.IsZero() {
		t.Errorf("after a failed transaction the state is %+v, %v", state, err)
	}
}

func TestPatienceWithSources(t *testing.T) {
	for failures, want := range map[int]time.Duration{1: 0, 2: 9 * time.Minute, 3: 19 * time.Minute, 5: 59 * time.Minute, 60: 59 * time.Minute} {
		if got := patience(10*time.Minute, failures); got != want {
			t.Errorf("after %d failures: %s, want %s", failures, got, want)
		}
	}
}
