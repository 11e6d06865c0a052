package playbooks

import (
	_ "embed" // the sentences
	"strings"
	"testing"
	"time"
)

//go:embed testdata/promised.txt
var promisedText string

// TestPromised reads the times that statements give.
func TestPromised(t *testing.T) {
	now := time.Date(2026, 8, 5, 20, 10, 0, 0, time.FixedZone("", 8*3600))
	for line := range strings.Lines(promisedText) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, want, ok := strings.Cut(line, "=>")
		if !ok {
			t.Fatalf("%s: no =>", line)
		}
		var got []string
		for _, g := range Promised(strings.TrimSpace(text), now, nil) {
			s := g.Kind + " " + g.Due.Format("01-02 15:04")
			if g.Every > 0 {
				s += " " + g.Every.String()
			}
			got = append(got, s)
		}
		if s := strings.Join(got, ", "); s != strings.TrimSpace(want) {
			t.Errorf("%s: %q, want %q", text, s, strings.TrimSpace(want))
		}
	}
	holiday := func(d time.Time) bool {
		return d.Day() != 6 && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
	}
	if g := Promised("将在1个工作日内公布结果。", now, holiday); len(g) != 1 || g[0].Due.Format("01-02") != "08-08" {
		t.Errorf("with a holiday: %+v", g)
	}
}

// FuzzPromised holds that no promise lies before the statement that gives it.
func FuzzPromised(f *testing.F) {
	f.Add([]byte{20, 21, 22, 23}, "我们将于8月6日18时前发布最新情况。", int64(1786000000))
	f.Add([]byte{24, 25, 26}, "将于2月30日25时公布；下次更新99:99", int64(0))
	f.Add([]byte{30, 31, 32}, "We will publish by 25 February, within 900 weeks, every 0 hours.", int64(1))
	f.Fuzz(func(t *testing.T, picks []byte, raw string, at int64) {
		text := pieced(t, picks, raw)
		now := time.Unix(at%4e9, 0).In(time.FixedZone("", 8*3600))
		for _, g := range Promised(text, now, nil) {
			if !g.Due.After(now) || g.What == "" || g.Every < 0 {
				t.Errorf("%q at %v promises %+v", text, now, g)
			}
		}
	})
}
