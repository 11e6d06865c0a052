package daemon

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

// benchBatch is how many posts the benchmarks take in at a time.
const benchBatch = 1000

// benchRound is how many such deliveries are timed together.
const benchRound = 64

// benchBegin is when the posts of the benchmarks begin.
var benchBegin = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// benchStream returns a function that gives the next posts of the town, a hundred
// times as many as the town has: four a second on several sites; and one that ends it.
func benchStream() (next func() []crisis.Post, stop func()) {
	pull, stop := iter.Pull(town.New(7, benchBegin, nil, 1).Bench(math.MaxInt))
	at := benchBegin
	return func() []crisis.Post {
		posts := make([]crisis.Post, benchBatch)
		for i := range posts {
			posts[i], _ = pull()
			posts[i].Published = at
			at = at.Add(250 * time.Millisecond)
		}
		return posts
	}, stop
}

// benchTopics returns the topics of the town, filled up to a thousand words by
// ninety topics that nobody speaks of.
func benchTopics() []crisis.Topic {
	topics := town.Topics()
	words := 0
	for i := range topics {
		t := &topics[i]
		words += len(t.Any) + len(t.Not) + len(t.Places)
		for _, group := range t.Must {
			words += len(group)
		}
	}
	quiet := make([]crisis.Topic, 90)
	for i := range quiet {
		quiet[i].ID = fmt.Sprintf("quiet-%d", i)
	}
	for i := range 1000 - words {
		t := &quiet[i%len(quiet)]
		t.Any = append(t.Any, fmt.Sprintf("%c%c%c", 0x4e00+i*7%6000, 0x4e00+i*13%6000, 0x5000+i))
	}
	return append(topics, quiet...)
}

// benchDelivery is what a replay hands to ingest.
func benchDelivery(posts []crisis.Post) delivery {
	return delivery{source: &Source{}, harvest: crawlers.Harvest{Posts: posts}, cover: crisis.Coverage{At: posts[len(posts)-1].Published}}
}

func benchDaemon(b testing.TB, begin time.Time) *Daemon {
	b.Helper()
	s, err := store.Open(filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.Topics = benchTopics()
	clock := &steppedClock{now: begin}
	d, err := New(b.Context(), cfg, zap.NewNop(), WithClock(clock), withStore(s), withPhrasesAtOnce())
	if err != nil {
		b.Fatal(err)
	}
	clock.now = begin.Add(time.Minute)
	if err := d.Tick(b.Context(), clock.now); err != nil { // from now on phrases are heard
		b.Fatal(err)
	}
	return d
}

// BenchmarkIngest is the main number: posts per second through reading (every post
// is cut into words), near-duplicates, a thousand topic words, counting and the
// store, durable; beside reading alone, segmentation alone, and bare batched inserts
// of the same posts, found by the same key, in the same run.
func BenchmarkIngest(b *testing.B) {
	run := func(name string, f func(round [][]crisis.Post) error) {
		b.Run(name, func(b *testing.B) {
			next, stop := benchStream()
			defer stop()
			b.ReportAllocs()
			spent := time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				var round [benchRound][]crisis.Post
				for i := range round {
					round[i] = next()
				}
				before := processorTime(b)
				b.StartTimer()
				if err := f(round[:]); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				spent += processorTime(b) - before
				b.StartTimer()
			}
			posts := float64(b.N) * benchBatch * benchRound
			b.ReportMetric(posts/b.Elapsed().Seconds(), "posts/s")
			b.ReportMetric(float64(spent.Microseconds())/posts, "cpu-µs/post")
		})
	}
	d := benchDaemon(b, benchBegin)
	defer d.Close()
	run("read+store", func(round [][]crisis.Post) error { return ingestAll(b.Context(), d, round) })
	run("read", func(round [][]crisis.Post) error {
		for _, posts := range round {
			d.read(posts)
		}
		return nil
	})
	run("segment", func(round [][]crisis.Post) error {
		for _, posts := range round {
			parallel(len(posts), func(i int) { d.reader.Words(&posts[i]) })
		}
		return nil
	})
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE posts (key INTEGER UNIQUE, source TEXT, id TEXT, kind TEXT, url TEXT, title TEXT, text TEXT, author TEXT, published INTEGER)"); err != nil {
		b.Fatal(err)
	}
	run("bare-inserts", func(round [][]crisis.Post) error {
		for _, posts := range round {
			if err := bareInsert(b.Context(), db, posts); err != nil {
				return err
			}
		}
		return nil
	})
}

// ingestAll has four sources deliver at once, as crawlers do: one delivery is read
// while another is stored.
func ingestAll(ctx context.Context, d *Daemon, round [][]crisis.Post) error {
	queue := make(chan []crisis.Post, len(round))
	for _, posts := range round {
		queue <- posts
	}
	close(queue)
	var errs [4]error
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			for posts := range queue {
				if _, err := d.ingest(ctx, benchDelivery(posts)); err != nil {
					errs[i] = err
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}

// processorTime is what the process has used of all processors. Unlike the time on
// the clock it says the same on a busy machine.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bareRows is how many rows one statement of the bare inserts has; a delivery is a
// multiple of it.
const bareRows = 40

func bareInsert(ctx context.Context, db *sql.DB, posts []crisis.Post) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO posts VALUES (?,?,?,?,?,?,?,?,?)"+strings.Repeat(",(?,?,?,?,?,?,?,?,?)", bareRows-1))
	if err != nil {
		return err
	}
	defer stmt.Close()
	for ; len(posts) > 0; posts = posts[bareRows:] {
		args := make([]any, 0, 9*bareRows)
		for i := range bareRows {
			p := &posts[i]
			args = append(args, int64(p.Key()), p.Source, p.ID, string(p.Kind), p.URL, p.Title, p.Text, p.Author, p.Published.UnixMilli())
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// benchPast is how many posts lie in the store that BenchmarkStart opens.
func benchPast() int {
	if testing.Short() {
		return 50_000
	}
	return 1_000_000
}

// BenchmarkStart is the time from a store with a million posts, a year in the
// town, to the first judged minute; and how long the past of phrases is learnt
// behind it.
func BenchmarkStart(b *testing.B) {
	path := filepath.Join(b.TempDir(), "start.db")
	cfg := DefaultConfig()
	cfg.Topics = benchTopics()
	clock := &steppedClock{now: benchBegin}
	open := func() *Daemon {
		s, err := store.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		d, err := New(b.Context(), cfg, zap.NewNop(), WithClock(clock), withStore(s))
		if err != nil {
			b.Fatal(err)
		}
		return d
	}
	d := open()
	next, stop := benchStream()
	defer stop()
	for range benchPast() / benchBatch {
		posts := next()
		clock.now = posts[len(posts)-1].Published
		if _, err := d.ingest(b.Context(), benchDelivery(posts)); err != nil {
			b.Fatal(err)
		}
	}
	if err := d.Learn(b.Context(), next()); err != nil {
		b.Fatal(err)
	}
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
	clock.now = clock.now.Add(time.Minute)
	var spent, behind time.Duration
	defer func() {
		b.ReportMetric(float64(spent.Milliseconds())/float64(b.N), "cpu-ms/start")
		b.ReportMetric(float64(behind.Milliseconds())/float64(b.N), "phrases-ms-behind")
	}()
	for b.Loop() {
		before := processorTime(b)
		d := open()
		if err := d.Tick(b.Context(), clock.now); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		spent += processorTime(b) - before
		began := time.Now()
		clock.now = clock.now.Add(time.Minute)
		d.learnPhrases(b.Context()) // as Run does when the first minute has been judged
		behind += time.Since(began)
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkMemory reports the live heap and the resident memory of a daemon at
// rest and after a million posts, fifty thousand in a short run.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		d := benchDaemon(b, benchBegin)
		heap, resident := memoryUse(b)
		b.ReportMetric(heap, "MB-heap-at-rest")
		b.ReportMetric(resident, "MB-resident-at-rest")
		next, stop := benchStream()
		for range benchPast() / benchBatch {
			if _, err := d.ingest(b.Context(), benchDelivery(next())); err != nil {
				b.Fatal(err)
			}
		}
		stop()
		heap, resident = memoryUse(b)
		b.ReportMetric(heap, "MB-heap-after")
		b.ReportMetric(resident, "MB-resident-after")
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// memoryUse returns live heap and resident memory in MB, after what is free has
// gone back to the system.
func memoryUse(b *testing.B) (heap, resident float64) {
	b.Helper()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skipf("resident memory is read from /proc: %v", err)
	}
	var size, pages float64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return float64(m.HeapAlloc) / (1 << 20), pages * float64(os.Getpagesize()) / (1 << 20)
}
