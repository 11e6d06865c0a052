package daemon

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors/reading"
)

// benchBatch is how many posts the benchmarks take in at a time.
const benchBatch = 1000

// phrases are cut and joined into posts of about sixty characters.
var phrases = strings.Fields(`今天早上 青溪区 打开水龙头 自来水 有一股 怪味 孩子 不敢喝 物业 说 正在 联系 水厂 公交 又 晚点 了 二十分钟
	学校 食堂 换了 新菜单 家长 反映 味道 不错 停车 收费 标准 能不能 公示 一下 谢谢 工作人员 耐心 解答 云川 新闻 报道 称
	气温 下降 注意 保暖 广场 晚上 有 演出 欢迎 大家 路口 红绿灯 坏了 没人 管 投诉 三次 都 没有 回复 希望 尽快 处理`)

// benchPosts returns n posts from begin on, four a second, of many authors.
func benchPosts(n, from int, begin time.Time) []crisis.Post {
	r := rand.New(rand.NewPCG(uint64(from), 7))
	posts := make([]crisis.Post, n)
	for i := range posts {
		var b strings.Builder
		for b.Len() < 150 {
			b.WriteString(phrases[r.IntN(len(phrases))])
		}
		posts[i] = crisis.Post{
			Source: "bench", ID: fmt.Sprint(from + i), Text: b.String(), Author: fmt.Sprint(r.IntN(20000)),
			Published: begin.Add(time.Duration(from+i) * 250 * time.Millisecond), Precision: crisis.PrecisionSecond,
		}
	}
	return posts
}

// benchTopics returns ten topics with a hundred words between them.
func benchTopics() []crisis.Topic {
	var topics []crisis.Topic
	for i := range 10 {
		t := crisis.Topic{ID: fmt.Sprintf("topic-%d", i), Any: []string{phrases[3*i], phrases[3*i+1]}}
		for j := range 8 {
			t.Any = append(t.Any, fmt.Sprintf("词%d号%d", i, j))
		}
		topics = append(topics, t)
	}
	return topics
}

func benchDaemon(b testing.TB, begin time.Time) *Daemon {
	b.Helper()
	s, err := store.Open(filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.Topics = benchTopics()
	d, err := New(b.Context(), cfg, zap.NewNop(), WithClock(&steppedClock{now: begin}), withStore(s))
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// BenchmarkIngest is the main number: posts per second through reading, counting
// and the store, durable, beside segmentation alone and bare batched inserts of
// the same posts in the same run.
func BenchmarkIngest(b *testing.B) {
	begin := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	rate := func(b *testing.B) { b.ReportMetric(float64(b.N)*benchBatch/b.Elapsed().Seconds(), "posts/s") }
	b.Run("read+store", func(b *testing.B) {
		d := benchDaemon(b, begin)
		defer d.Close()
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			posts := benchPosts(benchBatch, i*benchBatch, begin)
			b.StartTimer()
			in := delivery{source: &Source{}, harvest: crawlers.Harvest{Posts: posts}, cover: crisis.Coverage{At: posts[len(posts)-1].Published}}
			if _, err := d.ingest(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
		rate(b)
	})
	b.Run("segmentation", func(b *testing.B) {
		r, err := reading.New()
		if err != nil {
			b.Fatal(err)
		}
		posts := benchPosts(benchBatch, 0, begin)
		for b.Loop() {
			for i := range posts {
				r.Read(&posts[i])
			}
		}
		rate(b)
	})
	b.Run("bare-inserts", func(b *testing.B) {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		if _, err := db.Exec("CREATE TABLE posts (key INTEGER PRIMARY KEY, source TEXT, id TEXT, text TEXT, author TEXT, published INTEGER)"); err != nil {
			b.Fatal(err)
		}
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			posts := benchPosts(benchBatch, i*benchBatch, begin)
			b.StartTimer()
			if err := bareInsert(b.Context(), db, posts); err != nil {
				b.Fatal(err)
			}
		}
		rate(b)
	})
}

func bareInsert(ctx context.Context, db *sql.DB, posts []crisis.Post) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO posts VALUES (?,?,?,?,?,?)")
	if err != nil {
		return err
	}
	defer stmt.Close()
	for i := range posts {
		p := &posts[i]
		if _, err := stmt.ExecContext(ctx, int64(p.Key()), p.Source, p.ID, p.Text, p.Author, p.Published.UnixMilli()); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// BenchmarkStart is the time from an existing store with a month of history to a
// daemon that is ready for its first tick.
func BenchmarkStart(b *testing.B) {
	begin := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	path := filepath.Join(b.TempDir(), "start.db")
	s, err := store.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.Topics = benchTopics()
	clock := &steppedClock{now: begin}
	d, err := New(b.Context(), cfg, zap.NewNop(), WithClock(clock), withStore(s))
	if err != nil {
		b.Fatal(err)
	}
	const n = 200_000
	clock.now = begin.Add(n * 250 * time.Millisecond)
	if err := d.Learn(b.Context(), benchPosts(n, 0, begin)); err != nil {
		b.Fatal(err)
	}
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := store.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		d, err := New(b.Context(), cfg, zap.NewNop(), WithClock(clock), withStore(s))
		if err != nil {
			b.Fatal(err)
		}
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory reports the live heap of a daemon at rest and after a million
// posts, or as many as WATCHFIRE_BENCH_POSTS of the short run.
func BenchmarkMemory(b *testing.B) {
	begin := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	for b.Loop() {
		d := benchDaemon(b, begin)
		rest := heap()
		total := 1_000_000
		if testing.Short() {
			total = 50_000
		}
		for i := 0; i < total; i += benchBatch {
			posts := benchPosts(benchBatch, i, begin)
			in := delivery{source: &Source{}, harvest: crawlers.Harvest{Posts: posts}, cover: crisis.Coverage{At: posts[len(posts)-1].Published}}
			if _, err := d.ingest(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(rest, "MB-at-rest")
		b.ReportMetric(heap(), "MB-after")
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
