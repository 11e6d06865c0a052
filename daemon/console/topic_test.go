package console

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// Explain implements Explainer for the words of a topic.
func (o *office) Explain(topic string, p crisis.Post) Explained {
	for _, t := range topics {
		for _, w := range t.Any {
			if t.ID == topic && strings.Contains(p.FullText(), w) {
				return Explained{Matches: true, Rule: "any", Words: []ExplainedWord{{"any", w, "[" + w + "]"}}}
			}
		}
	}
	return Explained{Rule: "any"}
}

// WhatIf implements WhatIfer: one alert each of the last days, fewer at a higher bar.
func (o *office) WhatIf(ctx context.Context, topic string, factor float64) (WhatIf, error) {
	if o.held != nil {
		select {
		case <-o.held:
		case <-ctx.Done():
			return WhatIf{}, ctx.Err()
		}
	}
	out := WhatIf{From: night.Add(-30 * 24 * time.Hour), To: night, Notices: 3, Real: 1, Found: 1}
	for i := range int(4 / factor) {
		s := surge(night.Add(-time.Duration(i) * 24 * time.Hour))
		s.Topic = topic
		out.Firings = append(out.Firings, Firing{Signal: s, Raised: i == 1})
		out.Alerts++
	}
	return out, nil
}

func TestTopic(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	page := w.get("/topics/tap-water?lang=zh&span=7d", 200)
	sound(t, "topic", page)
	for _, want := range []string{"<h1>自来水异味</h1>", "发声人次", "负面占比", `href="/topics/tap-water/counts.csv?span=7d"`, "/incidents/" + id, "平常 1.2（0–4）", "还没有人研判过", "试一段话", "换个灵敏度"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(page, "<tr"); n < 84 {
		t.Errorf("the table has %d rows, want one per two hours of a week", n)
	}
	page = w.post("/incidents/"+id, form("do", "verdict", "verdict", "real", "from", "topic", "topic", "tap-water"), 200)
	if !strings.Contains(page, "<h1>自来水异味</h1>") || !strings.Contains(page, "100%（") || strings.Contains(page, "还没有人研判过") {
		t.Error("a verdict does not lead back to the topic and its precision")
	}
	if page = w.get("/topics/school-quiet?lang=en", 200); strings.Contains(page, "100 %") || !strings.Contains(page, "Nobody has judged yet") {
		t.Error("the precision of one topic shows on another")
	}
	for _, bad := range []string{"/topics/nobody", "/topics/nobody/counts.csv", "/topics/tap-water?post=12"} {
		w.get(bad, 404)
	}
}

func TestTopicTry(t *testing.T) {
	w := newWorld(t, true)
	w.fill()
	ask := func(text string) string {
		t.Helper()
		page := w.get("/topics/tap-water?lang=zh&text="+url.QueryEscape(text), 200)
		sound(t, text, page)
		return page
	}
	if page := ask("自来水发臭"); !strings.Contains(page, "算：命中这个议题") || !strings.Contains(page, "[自来水]") {
		t.Error("a text that matches is not said to")
	}
	if page := ask("公交改道"); !strings.Contains(page, "不算：没有出现任何一个监测词") {
		t.Error("a text that does not match is not said to")
	}
	if page := ask(hostile); strings.Contains(page, "<script>alert") {
		t.Error("hostile text got through")
	}
	p := w.shelve(3, strings.Repeat("自来水有味道，", 400), 9, "tap-water")
	page := w.get(fmt.Sprintf("/topics/tap-water?lang=zh&post=%d", p.Key()), 200)
	if !strings.Contains(page, "自来水有味道") || !strings.Contains(page, "算：命中") {
		t.Error("a stored post is not explained")
	}
	w.get("/topics/tap-water?post=x", 422)
}

func TestTopicIf(t *testing.T) {
	w := newWorld(t, true)
	w.fill()
	page := w.get("/topics/tap-water?lang=zh&bar=80", 200)
	sound(t, "what if", page)
	for _, want := range []string{"门槛调到 80% 的话", "会告警 5 次", "升级告警", "属实的事件有 1 起", "/posts?from=2026-10-14T02%3A42&amp;to=2026-10-14T03%3A12&amp;topic=tap-water"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, bad := range []string{"49", "201", "x"} {
		w.get("/topics/tap-water?bar="+bad, 422)
	}
}

func TestTopicCounts(t *testing.T) {
	w := newWorld(t, true)
	w.fill()
	text := w.get("/topics/tap-water/counts.csv?lang=zh&span=24h", 200)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 49 || rows[0][1] != "发声量" || len(rows[1]) != 7 || text[:3] != "\ufeff" {
		t.Errorf("%d rows, %v: %q", len(rows), err, text[:60])
	}
}

func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{"": "", "-3.5": "-3.5", "+7%": "+7%", "=1+1": "'=1+1", "@x": "'@x", "+cmd": "'+cmd", "水": "水", "a\x00b": "ab", "-x": "'-x"} {
		if got := harmless(in); got != want {
			t.Errorf("harmless(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestShares holds the share and its band between nothing and all.
func TestShares(t *testing.T) {
	points := []Point{{At: night, Observed: 40, Negative: 20, Coverage: 1}, {At: night.Add(time.Hour), Observed: 5, Negative: 9, Coverage: 1}, {At: night.Add(2 * time.Hour), Observed: 1, Negative: 1}}
	got := shares(points, time.Time{})
	for i, p := range got[:2] {
		if p.Low < 0 || p.High > 100 || p.High <= 0 || p.Low > p.Expected || p.High < p.Expected || p.Observed > 100 {
			t.Errorf("point %d: %+v", i, p)
		}
	}
	if got[0].Observed != 50 || got[0].High-got[0].Low >= got[1].High-got[1].Low {
		t.Errorf("many voices must narrow the band: %+v", got)
	}
	c := tongue{"zh", shanghai, night.Add(3 * time.Hour)}.drawShare(got, time.Hour)
	if top := dot(chartTall - got[1].High/100*(chartTall-chartTop)); !strings.Contains(c.Band, "V"+top) || !strings.Contains(c.Desc, "100%（04:12）") || strings.Count(c.Line, "L") != 1 || c.Grid[1].Text != "100%" {
		t.Errorf("drawn as %+v, want a band up to %s", c, top)
	}
	if !math.IsNaN(got[2].Observed) || got[2].High != 0 {
		t.Errorf("one voice is a share: %+v", got[2])
	}
	if shares(points[2:], time.Time{}) != nil {
		t.Error("a share of nothing")
	}
	if early := shares(points, night.Add(time.Hour)); math.Abs(early[1].Expected-50) > 0.1 {
		t.Errorf("what is usual takes in what came later: %+v", early[1])
	}
	if few := shares(points[1:], time.Time{}); few[0].High != 0 {
		t.Errorf("five voices tell what is usual: %+v", few[0])
	}
}
