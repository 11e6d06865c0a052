package reading

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-ego/gse"
	"github.com/google/go-cmp/cmp"

	"watchfire/daemon/town"
)

// fileLines returns the lines of a file, without comments and empty ones.
func fileLines(t testing.TB, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.SplitSeq(string(b), "\n") {
		if line != "" && !strings.HasPrefix(line, "# ") {
			out = append(out, line)
		}
	}
	return out
}

// packPath is where a file of the bench material lies; the test is skipped when it
// is absent.
func packPath(t testing.TB, parts ...string) string {
	t.Helper()
	dir := os.Getenv("WATCHFIRE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(append([]string{dir, "bench"}, parts...)...)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is absent: this measurement needs the bench material beside the project", path)
	}
	return path
}

// packLines calls f for each line of a packed file, up to most of them.
func packLines(t testing.TB, path string, most int, f func(line string)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	s := bufio.NewScanner(z)
	s.Buffer(nil, 1<<20)
	for n := 0; n < most && s.Scan(); n++ {
		f(s.Text())
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
}

// tally compares boundaries with those of gse.
type tally struct {
	texts, equal int
	bounds, same int
	firstDiff    string
}

func (c *tally) compare(g *gse.Segmenter, s *segmenter, text string) {
	var ours, theirs []int
	s.spans(text, func(_, end int) { ours = append(ours, end) })
	for _, seg := range g.Segment([]byte(text)) {
		theirs = append(theirs, seg.End())
	}
	c.texts++
	if slices.Equal(ours, theirs) {
		c.equal++
	} else if c.firstDiff == "" {
		c.firstDiff = cmp.Diff(theirs, ours) + text
	}
	in := map[int]bool{}
	for _, x := range theirs {
		in[x] = true
	}
	c.bounds += max(len(theirs), len(ours))
	for _, x := range ours {
		if in[x] {
			c.same++
		}
	}
}

func (c *tally) check(t *testing.T) {
	t.Helper()
	share := float64(c.same) / float64(max(c.bounds, 1))
	t.Logf("%d texts, %d of them equal; %.4f %% of %d boundaries equal", c.texts, c.equal, 100*share, c.bounds)
	if c.texts == 0 || share < 0.999 {
		t.Errorf("only %.4f %% of the boundaries are those of gse, want 99.9 %%; first difference:\n%s", 100*share, c.firstDiff)
	}
}

func mustSegmenter(t testing.TB, own ...string) *segmenter {
	t.Helper()
	s, err := newSegmenter(own)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// townTexts are posts of one day in the town.
func townTexts(t testing.TB) []string {
	t.Helper()
	begin := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	var out []string
	for p := range town.New(7, begin, nil, 1).Posts(begin, begin.Add(24*time.Hour)) {
		out = append(out, p.FullText())
	}
	return out
}

// TestSegmentLikeGSE holds the segmenter to the one of record.
func TestSegmentLikeGSE(t *testing.T) {
	g, err := record()
	if err != nil {
		t.Fatal(err)
	}
	s := mustSegmenter(t)
	t.Run("sample", func(t *testing.T) {
		var c tally
		for _, text := range sampleTexts(t) {
			c.compare(g, s, fold(text))
		}
		c.check(t)
	})
	t.Run("town", func(t *testing.T) {
		var c tally
		for _, text := range townTexts(t) {
			c.compare(g, s, fold(text))
		}
		c.check(t)
	})
	t.Run("incidents", func(t *testing.T) {
		var c tally
		packLines(t, packPath(t, "incidents-dev", "posts.jsonl.gz"), 5000, func(line string) {
			var p struct{ Text string }
			if err := json.Unmarshal([]byte(line), &p); err != nil {
				t.Fatal(err)
			}
			c.compare(g, s, fold(p.Text))
		})
		c.check(t)
	})
	for _, name := range []string{"train-zh.tsv.gz", "train-en.tsv.gz"} {
		t.Run(name, func(t *testing.T) {
			var c tally
			packLines(t, packPath(t, "sentiment", name), 5000, func(line string) { c.compare(g, s, fold(line)) })
			c.check(t)
		})
	}
}

// TestSegmentOwnWords compares the user's words with the same words added to gse.
func TestSegmentOwnWords(t *testing.T) {
	own := []string{"翠湖苑", "青溪区", "水务集团", "奥密克戎", "柳岸花园", "临时取水点", "云川发布", "iPhone15Pro", "自來水公司"}
	s := mustSegmenter(t, own...)
	g, err := loadGSE()
	if err != nil {
		t.Fatal(err)
	}
	bare, total := mustSegmenter(t), g.Dict.TotalFreq()
	for _, w := range own {
		w = fold(w)
		if parts, cost := bare.price(w); parts > 1 {
			if err := g.AddToken(w, total*math.Exp2(-float64(cost-1))); err != nil {
				t.Fatal(err)
			}
		}
	}
	g.CalcToken()
	var c tally
	texts := append(sampleTexts(t), townTexts(t)[:1000]...)
	for _, text := range texts {
		c.compare(g, s, fold(text))
	}
	c.check(t)
}

func TestCut(t *testing.T) {
	s := mustSegmenter(t, "奥密克戎", "翠湖苑", "tap water", "x", " ")
	for _, tc := range []struct{ text, want string }{
		{"南京市长江大桥", "南京市 长江大桥"},
		{"奥密克戎来了", "奥密克戎 来 了"},
		{"翠湖苑的自来水,臭!", "翠湖苑 的 自来水 臭"},
		{"iphone15pro发热", "iphone15pro 发热"},
		{"hello, world 42", "hello world 42"},
		{"  ，。！…… \n", ""},
		{"", ""},
		{"龘", "龘"},
	} {
		if got := strings.Join(s.cut(tc.text, nil), " "); got != tc.want {
			t.Errorf("cut(%q) = %q, want %q", tc.text, got, tc.want)
		}
	}
}

// FuzzSegment: the pieces of any text are the text, none empty, and none begins
// inside a character.
func FuzzSegment(f *testing.F) {
	for _, text := range fileLines(f, "testdata/sample.txt") {
		f.Add(text)
	}
	f.Add("\xe5\xe5\x9c")
	f.Add(strings.Repeat("龘", 3000))
	s := mustSegmenter(f, "翠湖苑", "iPhone 15")
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		s.spans(text, func(begin, end int) {
			if begin != at || end <= begin || (begin > 0 && utf8.ValidString(text) && !utf8.RuneStart(text[begin])) {
				t.Fatalf("piece %d to %d follows %d", begin, end, at)
			}
			at = end
		})
		if at != len(text) {
			t.Fatalf("the pieces end at %d of %d", at, len(text))
		}
	})
}
