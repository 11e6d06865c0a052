package reading

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// sampleTexts are our own lines of testdata/sample.txt, without the headings.
func sampleTexts(t testing.TB) []string {
	t.Helper()
	return fileLines(t, "testdata/sample.txt")
}

// manyTopics returns a hundred topics with n words between them.
func manyTopics(n int) []crisis.Topic {
	topics := make([]crisis.Topic, 100)
	for i := range topics {
		topics[i].ID = fmt.Sprintf("topic-%d", i)
	}
	for i := range n {
		t := &topics[i%len(topics)]
		t.Any = append(t.Any, fmt.Sprintf("%c%c%c", 0x4e00+i*7%6000, 0x4e00+i*13%6000, 0x5000+i%3000))
	}
	topics[0].Any = append(topics[0].Any, "自来水")
	topics[1].Any, topics[1].Not = append(topics[1].Any, "公交"), []string{"招聘"}
	return topics
}

func postsPerSecond(b *testing.B, posts int) {
	b.ReportMetric(float64(b.N)*float64(posts)/b.Elapsed().Seconds(), "posts/s")
}

// BenchmarkReading measures the parts of reading on one core, a text at a time.
func BenchmarkReading(b *testing.B) {
	texts := sampleTexts(b)
	posts := make([]crisis.Post, len(texts))
	size := 0
	for i, s := range texts {
		posts[i] = crisis.Post{Text: s}
		size += len(s)
	}
	r, err := New()
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, f func(i int)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				for i := range posts {
					f(i)
				}
			}
			postsPerSecond(b, len(posts))
		})
	}
	folded := make([]string, len(texts))
	for i := range texts {
		folded[i] = fold(texts[i])
	}
	s := r.rules.Load().cut
	words := make([]string, 0, 1000)
	run("fold", func(i int) { _ = fold(texts[i]) })
	run("language", func(i int) { _ = Language(folded[i]) })
	run("segment", func(i int) { words = s.cut(folded[i], words[:0]) })
	g, err := record()
	if err != nil {
		b.Fatal(err)
	}
	run("segment-by-gse", func(i int) { g.Segment([]byte(folded[i])) })
	run("mood", func(i int) { r.Model("zh").Emotion(folded[i]) })
	for _, n := range []int{1000, 10000} {
		if err := r.SetTopics(manyTopics(n)); err != nil {
			b.Fatal(err)
		}
		rules := r.rules.Load()
		run(fmt.Sprintf("topics-%d-words", n), func(i int) { rules.match(&posts[i], folded[i]) })
	}
	if err := r.SetTopics(manyTopics(1000)); err != nil {
		b.Fatal(err)
	}
	groups := NewGroups(6 * time.Hour)
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	run("near-duplicates", func(i int) { groups.Of(sketch(folded[i]), at) })
	run("whole", func(i int) {
		groups.Of(r.Digest(&posts[i]).Sketch, at)
	})
}

// BenchmarkDictionary is what the first words of a process cost.
func BenchmarkDictionary(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := openTrie(wordsData); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(wordsData))/(1<<20), "MB-mapped")
}

// BenchmarkTopics is what swapping the topics in costs.
func BenchmarkTopics(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		topics := manyTopics(n)
		b.Run(fmt.Sprintf("compile-%d-words", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := compile(topics); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// long is a text of the longest size that is read.
var long = strings.Repeat("今天青溪区打开水龙头自来水有一股怪味，", longest/57)
