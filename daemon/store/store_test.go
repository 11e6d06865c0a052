package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"watchfire/crisis"
)

// childEnv makes the test binary a child that writes until it is killed.
const childEnv = "WATCHFIRE_STORE_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := writeForever(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 3, 16, 12, 0, 0, 0, time.UTC)

func open1(t testing.TB) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func update(t testing.TB, s *Store, f func(*Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func saved(n int, at time.Time, text string, topics ...string) Saved {
	p := crisis.Post{Source: "forum", ID: strconv.Itoa(n), Text: text, Author: "a" + strconv.Itoa(n%7), Published: at, Seen: at.Add(2 * time.Minute), Precision: crisis.PrecisionSecond, URL: "https://x.example/" + strconv.Itoa(n)}
	s := Saved{Post: &p, Reading: &crisis.Reading{Lang: "zh", Mood: crisis.Negative, Print: uint64(n) + 1, Topics: topics}}
	for _, topic := range topics {
		s.Topics = append(s.Topics, Hit{Topic: topic, Voice: true, Fresh: true})
	}
	return s
}

// writeForever commits a post and an event at a time and says so on standard output.
func writeForever(path string) error {
	s, err := Open(path)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		err := s.Update(context.Background(), func(tx *Tx) error {
			if err := tx.SavePosts([]Saved{saved(n, noon.Add(time.Duration(n)*time.Second), "自来水有异味", "water")}); err != nil {
				return err
			}
			_, err := tx.Append("20260316-01", noon, event(n))
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func event(n int) crisis.Event {
	if n == 0 {
		return crisis.NewEvent(crisis.EventDetected, noon, crisis.Machine, crisis.Detected{Topic: "water", Title: "水"})
	}
	return crisis.NewEvent(crisis.EventNote, noon.Add(time.Duration(n)*time.Millisecond), "王值班", crisis.Remark{Text: strconv.Itoa(n)})
}

// TestKill9 kills a process in the middle of its commits: everything it has said
// was committed is there.
func TestKill9(t *testing.T) {
	for round := range 3 {
		path := filepath.Join(t.TempDir(), "kill.db")
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := -1
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if last, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
			if last == 20+17*round {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		err = s.View(t.Context(), func(tx *Tx) error {
			in, _, err := tx.Incident("20260316-01")
			var posts int
			if e := tx.row("SELECT count(*) FROM posts", nil, &posts); e != nil {
				return e
			}
			if posts <= last || in.Events != posts {
				t.Errorf("committed %d, found %d posts and %d events", last+1, posts, in.Events)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFull provokes a full disk by a page limit: the transaction leaves no trace
// and the store works on when there is room.
func TestFull(t *testing.T) {
	s := open1(t)
	if _, err := s.write.Exec("PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	var full error
	kept := 0
	for n := 0; full == nil && n < 1000; n++ {
		full = s.Update(t.Context(), func(tx *Tx) error { return tx.SavePosts([]Saved{saved(n, noon, strings.Repeat("长", 1000))}) })
		if full == nil {
			kept++
		}
	}
	if !errors.Is(full, ErrFull) {
		t.Fatalf("a full disk gives %v, want ErrFull", full)
	}
	if err := s.Probe(t.Context()); !errors.Is(err, ErrFull) {
		t.Errorf("Probe of a full disk = %v", err)
	}
	if _, err := s.write.Exec("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Probe(t.Context()); err != nil {
		t.Errorf("Probe with room again = %v", err)
	}
	var posts int
	if err := s.View(t.Context(), func(tx *Tx) error { return tx.row("SELECT count(*) FROM posts", nil, &posts) }); err != nil || posts != kept {
		t.Errorf("%d posts, %v, want the %d that were committed", posts, err, kept)
	}
}

func TestEventsAreForever(t *testing.T) {
	s := open1(t)
	update(t, s, func(tx *Tx) error {
		_, err := tx.Append("20260316-01", noon, event(0), event(1))
		return err
	})
	for _, q := range []string{"UPDATE events SET actor = 'x'", "DELETE FROM events"} {
		if _, err := s.write.Exec(q); err == nil {
			t.Errorf("%s goes through", q)
		}
	}
	if _, err := s.write.Exec("DROP TRIGGER events_no_update; UPDATE events SET data = '{}' WHERE seq = 2"); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "event 2") {
		t.Errorf("Verify after tampering = %v, want event 2 named", err)
	}
}

func TestChain(t *testing.T) {
	s := open1(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		id := fmt.Sprintf("20260316-%03d", round)
		n := rapid.IntRange(1, 12).Draw(rt, "events")
		var want []crisis.Event
		for i := 0; i < n; {
			k := rapid.IntRange(1, n-i).Draw(rt, "batch")
			var batch []crisis.Event
			for range k {
				batch = append(batch, event(i))
				i++
			}
			update(t, s, func(tx *Tx) error {
				sealed, err := tx.Append(id, noon, batch...)
				want = append(want, sealed...)
				return err
			})
		}
		err := s.View(t.Context(), func(tx *Tx) error {
			_, got, err := tx.Incident(id)
			for i := range got {
				if got[i].Hash != want[i].Hash {
					rt.Errorf("event %d comes back with another hash", i+1)
				}
			}
			return errors.Join(err, crisis.Verify(got))
		})
		if err != nil {
			rt.Error(err)
		}
	})
}

// An incident that was folded inside a transaction which came to nothing must not
// be remembered with what that transaction wrote.
func TestRolledBackFold(t *testing.T) {
	s := open1(t)
	const id = "20260316-01"
	read := func(tx *Tx) (crisis.Incident, int) {
		t.Helper()
		in, events, err := tx.Incident(id)
		if err != nil {
			t.Fatal(err)
		}
		if err := crisis.Verify(events); err != nil {
			t.Error(err)
		}
		return in, len(events)
	}
	update(t, s, func(tx *Tx) error { _, err := tx.Append(id, noon, event(0), event(1)); return err })
	nothing := errors.New("nothing of it")
	for round := range 2 { // the second time the same place in the chain is taken by another event
		err := s.Update(t.Context(), func(tx *Tx) error {
			if _, err := tx.Append(id, noon, event(2), event(3)); err != nil {
				return err
			}
			if _, n := read(tx); n != 4+round {
				t.Errorf("inside the transaction there are %d events, want %d", n, 4+round)
			}
			return nothing
		})
		if !errors.Is(err, nothing) {
			t.Fatal(err)
		}
		update(t, s, func(tx *Tx) error {
			in, n := read(tx)
			if in.Events != n {
				t.Errorf("the incident has %d events folded of %d", in.Events, n)
			}
			_, err := tx.Append(id, noon.Add(time.Hour), event(9))
			return err
		})
	}
	err := s.View(t.Context(), func(tx *Tx) error {
		in, n := read(tx)
		in.Steps, in.Title = nil, "the caller's own"
		if again, _ := read(tx); n != 4 || again.Title == in.Title {
			t.Errorf("%d events, title %q: want 4, and what the caller does to the incident to be his own", n, again.Title)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOutbox(t *testing.T) {
	s := open1(t)
	put := func(id string, kind crisis.AlertKind, due time.Time) {
		update(t, s, func(tx *Tx) error {
			return tx.Enqueue(Outgoing{ID: id, Incident: "i", Channel: "c", Due: due, Alert: crisis.Alert{ID: id, Kind: kind}})
		})
	}
	due := func(now time.Time) []string {
		var ids []string
		err := s.View(t.Context(), func(tx *Tx) error {
			list, err := tx.Due("c", now, 10)
			for _, o := range list {
				ids = append(ids, o.ID)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	put("a", crisis.AlertOpened, noon)
	put("a", crisis.AlertOpened, noon) // the same id again is the same alert
	put("u1", crisis.AlertUpdate, noon)
	put("u2", crisis.AlertUpdate, noon) // only the newest update waits
	put("later", crisis.AlertRaised, noon.Add(time.Hour))
	if got := fmt.Sprint(due(noon)); got != "[a u2]" {
		t.Errorf("due %s, want [a u2]", got)
	}
	update(t, s, func(tx *Tx) error { return tx.Sending("a", noon) })
	if got := fmt.Sprint(due(noon)); got != "[a u2]" {
		t.Errorf("after a crash in mid-send: due %s, want a again", got)
	}
	update(t, s, func(tx *Tx) error { return tx.Sent("a", noon, "C1:1.0", "") })
	update(t, s, func(tx *Tx) error { return tx.Later("u2", noon, noon.Add(time.Minute), "slow down") })
	if got := fmt.Sprint(due(noon)); got != "[]" {
		t.Errorf("due %s, want nothing", got)
	}
	update(t, s, func(tx *Tx) error { return tx.Refused("u2", noon, "no such channel", "check the id") })
	err := s.View(t.Context(), func(tx *Tx) error {
		ref, err := tx.Ref("i", "c")
		if ref != "C1:1.0" {
			t.Errorf("Ref = %q", ref)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.Ledger(t.Context(), "i", 10)
	if err != nil || len(rows) != 3 {
		t.Fatalf("Ledger = %d rows, %v", len(rows), err)
	}
	q, err := s.Queue(t.Context(), noon.Add(2*time.Hour))
	if err != nil || q.Waiting != 1 || q.Oldest != time.Hour {
		t.Errorf("Queue = %+v, %v", q, err)
	}
}

func TestPostsAndEvidence(t *testing.T) {
	s := open1(t)
	posts := []Saved{saved(1, noon, "自来水有异味，孩子不敢喝", "water"), saved(2, noon.Add(time.Minute), "自来水有异味，孩子不敢喝！", "water"), saved(3, noon, "公交晚点", "bus")}
	posts[1].Reading.Print = posts[0].Reading.Print
	posts[2].Post.Metrics.Likes = 7
	update(t, s, func(tx *Tx) error {
		if err := tx.AddCounts([]TopicCount{{Topic: "water", Minute: noon, Count: crisis.Count{Posts: 1}}, {Topic: "water", Minute: noon, Count: crisis.Count{Posts: 2}}, {Topic: "water", Minute: noon, Backfill: true, Count: crisis.Count{Posts: 4}}}); err != nil {
			return err
		}
		return tx.SavePosts(posts)
	})
	counts, err := s.Counts(t.Context(), "water", noon, noon.Add(time.Hour))
	if err != nil || len(counts) != 1 || counts[0].Count.Posts != 7 {
		t.Errorf("Counts = %+v, %v", counts, err)
	}
	e, err := s.Evidence(t.Context(), Exhibit{Topic: "water", From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Most: 5})
	if err != nil || len(e) != 1 || e[0].Copies != 2 || e[0].Mood != crisis.Negative {
		t.Errorf("Evidence = %+v, %v", e, err)
	}
	p, err := s.Post(t.Context(), posts[2].Post.Key())
	if err != nil || p.Metrics.Likes != 7 || p.Text != "公交晚点" || !p.Published.Equal(noon) {
		t.Errorf("Post = %+v, %v", p, err)
	}
	if _, err := s.Post(t.Context(), 42); !errors.Is(err, ErrNotFound) {
		t.Errorf("a post that is not there: %v", err)
	}
	var texts []string
	err = s.RecentHits(t.Context(), noon.Add(30*time.Second), func(h RecentHit) error {
		texts = append(texts, h.Text+fmt.Sprint(h.Topics))
		return nil
	})
	if err != nil || fmt.Sprint(texts) != "[自来水有异味，孩子不敢喝！[water]]" {
		t.Errorf("RecentHits = %v, %v", texts, err)
	}
	if _, err := s.Purge(t.Context(), noon.Add(30*time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Post(t.Context(), posts[0].Post.Key()); !errors.Is(err, ErrNotFound) {
		t.Errorf("a purged post: %v", err)
	}
	if _, err := s.Post(t.Context(), posts[1].Post.Key()); err != nil {
		t.Errorf("a post that is not old enough was purged: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.db")
	if err := os.WriteFile(junk, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(junk); err == nil {
		t.Error("a file that is no database opens")
	}
	newer := filepath.Join(dir, "newer.db")
	s, err := Open(newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(newer); err == nil || !strings.Contains(err.Error(), "newer Watchfire") {
		t.Errorf("a newer schema gives %v", err)
	}
}

func BenchmarkSavePosts(b *testing.B) {
	s := open1(b)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		var batch []Saved
		for n := range 1000 {
			k := i*1000 + n
			batch = append(batch, saved(k, noon.Add(time.Duration(k)*time.Second/4), "今天早上青溪区打开水龙头自来水有一股怪味孩子不敢喝物业说正在联系水厂", "water"))
		}
		b.StartTimer()
		update(b, s, func(tx *Tx) error { return tx.SavePosts(batch) })
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "posts/s")
}
