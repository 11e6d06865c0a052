package crawlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"watchfire/crisis"
)

// capOf is a warning with parts replaced: old, replacement, and so on.
func capOf(replace ...string) string {
	return strings.NewReplacer(replace...).Replace(`<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>W1</identifier><sender>qx@yunchuan.example</sender><sent>2026-11-19T08:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
<info><language>en-US</language><category>Met</category><event>Heavy rain</event><urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty><headline>Heavy rain warning</headline><area><areaDesc>Yunchuan</areaDesc></area></info>
<info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty><expires>2026-11-19T20:00:00+08:00</expires><senderName>云川市气象台</senderName><headline>暴雨橙色预警</headline><description>未来三小时青溪区有暴雨。</description><instruction>请勿涉水。</instruction><web>https://qx.yunchuan.example/w1</web><area><areaDesc>云川市青溪区</areaDesc><polygon>1,1 2,2 1,2 1,1</polygon></area></info></alert>`)
}

const capCancel = "<msgType>Cancel</msgType><references>qx@yunchuan.example,W1,2026-11-19T08:00:00+08:00</references>"

func TestCAP(t *testing.T) {
	docs := map[string]string{"/1.xml": capOf()}
	entries := `<entry><id>1</id><title>x</title><updated>2026-11-19T00:00:00Z</updated><link href="/1.xml" type="application/cap+xml"/></entry>`
	opened := 0
	base := serveAll(t, func(w http.ResponseWriter, r *http.Request) {
		switch body, ok := docs[r.URL.Path]; {
		case r.URL.Path == "/feed":
			fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom"><title>预警</title><id>f</id>%s</feed>`, entries)
		case ok:
			opened++
			fmt.Fprint(w, body)
		default:
			http.NotFound(w, r)
		}
	})
	k := &CAP{URL: base + "/feed", Topic: "rain", Areas: []string{"青溪"}, Limit: 10, Zone: "Asia/Shanghai"}
	web := testWeb(t, Options{})
	h, err := k.Crawl(t.Context(), web, "")
	if err != nil || len(h.Posts) != 1 || len(h.Intakes) != 1 {
		t.Fatalf("Crawl = %+v, %v", h, err)
	}
	if p := h.Posts[0]; p.Kind != crisis.KindWarning || p.ID != "W1" || p.Title != "暴雨橙色预警" || p.Text != "未来三小时青溪区有暴雨。\n请勿涉水。" || p.Place != "云川市青溪区" || p.Lang != "zh-CN" {
		t.Errorf("post %+v", p)
	}
	if in := h.Intakes[0]; in.System != "云川市气象台" || in.Title != "暴雨橙色预警" || in.Level != crisis.LevelII || in.Topic != "rain" || in.URL != "https://qx.yunchuan.example/w1" || in.Over || in.At.Format("15:04") != "00:00" {
		t.Errorf("intake %+v", in)
	}
	again, err := k.Crawl(t.Context(), web, h.Cursor)
	if err != nil || len(again.Posts)+len(again.Intakes) > 0 || opened != 1 {
		t.Errorf("the same feed gives %+v, %v after %d documents", again, err, opened)
	}
	docs["/2.xml"] = capOf("W1", "W2", "<msgType>Alert</msgType>", capCancel)
	entries += `<entry><id>2</id><title>x</title><link href="/2.xml"/></entry><entry><id>3</id><title>x</title><link href="/gone.xml"/></entry>`
	over, err := k.Crawl(t.Context(), web, again.Cursor)
	if err != nil || len(over.Intakes) != 1 || !over.Intakes[0].Over || len(over.Posts) != 0 || !strings.Contains(over.Detail, "document 2: ") {
		t.Errorf("the cancelled warning gives %+v, %v", over, err)
	}
	if last, err := k.Crawl(t.Context(), web, over.Cursor); err != nil || len(last.Intakes) > 0 || opened != 2 {
		t.Errorf("the fourth visit gives %+v, %v after %d documents", last, err, opened)
	}
}

// TestCAPOurs holds that what we publish ourselves, read back, opens nothing.
func TestCAPOurs(t *testing.T) {
	base := serveAll(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, capOf("qx@yunchuan.example", " Watchfire@yunchuan.example "))
	})
	k := &CAP{URL: base + "/ours.xml", Topic: "rain", Limit: 10, Zone: "Asia/Shanghai", Ours: []string{"watchfire@yunchuan.example"}}
	h, err := k.Crawl(t.Context(), testWeb(t, Options{}), "")
	if err != nil || len(h.Posts)+len(h.Intakes) > 0 || !strings.Contains(h.Detail, "Watchfire's own") {
		t.Errorf("our own message gives %+v, %v", h, err)
	}
	k.Ours = []string{"another@yunchuan.example"}
	if h, err = k.Crawl(t.Context(), testWeb(t, Options{}), ""); err != nil || len(h.Intakes) != 1 {
		t.Errorf("a message of somebody else gives %+v, %v", h, err)
	}
}

// TestCAPLimit holds that a long feed is read in parts, also when it does not change.
func TestCAPLimit(t *testing.T) {
	var entries strings.Builder
	for i := range 5 {
		fmt.Fprintf(&entries, `<item><guid>%d</guid><link>/%d</link></item>`, i, i)
	}
	base := serveAll(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			http.NotFound(w, r)
		case "/feed":
			if r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("ETag", `"1"`)
			fmt.Fprintf(w, `<rss version="2.0"><channel><title>x</title>%s</channel></rss>`, entries.String())
		default:
			fmt.Fprint(w, capOf("W1", "W"+r.URL.Path[1:]))
		}
	})
	k := &CAP{URL: base + "/feed", Topic: "rain", Limit: 2, Zone: "Asia/Shanghai"}
	web, cursor := testWeb(t, Options{}), ""
	for n, want := range []int{2, 2, 1, 0} {
		h, err := k.Crawl(t.Context(), web, cursor)
		if err != nil || len(h.Intakes) != want || (h.Class == crisis.ClassNotModified) != (n == 3) {
			t.Fatalf("visit %d: %d intakes, %s, %v, want %d", n+1, len(h.Intakes), h.Class, err, want)
		}
		cursor = h.Cursor
	}
}

func TestCAPDocuments(t *testing.T) {
	for _, c := range []struct {
		name, body     string
		posts, intakes int
		level          crisis.Level
		said           string
	}{
		{"a warning", capOf(), 1, 1, crisis.LevelII, ""},
		{"an exercise", capOf("Actual", "Exercise"), 0, 0, 0, ""},
		{"a test", capOf("Actual", "Test"), 0, 0, 0, ""},
		{"an update", capOf("<msgType>Alert", "<msgType>Update"), 1, 1, crisis.LevelII, ""},
		{"an acknowledgement", capOf("<msgType>Alert", "<msgType>Ack"), 0, 0, 0, ""},
		{"a cancel of what was never handed in", capOf("<msgType>Alert</msgType>", capCancel), 0, 0, 0, ""},
		{"another area", capOf("青溪", "红石"), 0, 0, 0, ""},
		{"over already", capOf("2026-11-19T20:00", "2026-11-19T08:10"), 1, 0, 0, ""},
		{"moderate", capOf("Severe", "Moderate"), 1, 1, crisis.LevelIII, ""},
		{"minor", capOf("Severe", "Minor"), 1, 1, crisis.LevelIV, ""},
		{"extreme", capOf("Severe", "Extreme"), 1, 1, crisis.LevelI, ""},
		{"of unknown severity", capOf("Severe", "Unknown"), 1, 1, crisis.LevelNone, ""},
		{"English only, elsewhere", capOf("zh-CN", "fr"), 1, 1, crisis.LevelII, ""},
		{"CAP 1.1", capOf("cap:1.2", "cap:1.1"), 0, 0, 0, "not alert of CAP 1.2"},
		{"no identifier", capOf("<identifier>W1</identifier>", ""), 0, 0, 0, "identifier"},
		{"cut off", capOf("</alert>", ""), 0, 0, 0, "parse"},
		{"an entity of its own", capOf("暴雨橙色预警", "&boom;"), 0, 0, 0, "parse"},
		{"a document type", capOf(`<alert xmlns`, `<!DOCTYPE alert [<!ENTITY boom SYSTEM "file:///etc/passwd">]><alert xmlns`, "暴雨橙色预警", "&boom;"), 0, 0, 0, "parse"},
		{"endless", capOf("请勿涉水。", strings.Repeat("水", capLongest/3)), 0, 0, 0, "larger than"},
	} {
		base := serve(t, map[string]http.HandlerFunc{"/w.xml": text(c.body)})
		k := &CAP{URL: base + "/w.xml", Topic: "rain", Areas: []string{"青溪"}, Limit: 1, Zone: "Asia/Shanghai"}
		h, err := k.Crawl(t.Context(), testWeb(t, Options{}), "")
		if c.said != "" {
			if err == nil || !strings.Contains(err.Error(), c.said) {
				t.Errorf("%s: %+v, %v, want an error with %q", c.name, h, err, c.said)
			}
			continue
		}
		if err != nil || len(h.Posts) != c.posts || len(h.Intakes) != c.intakes || (c.intakes == 1 && h.Intakes[0].Level != c.level) {
			t.Errorf("%s: %+v, %v, want %d posts and %d intakes of level %q", c.name, h, err, c.posts, c.intakes, c.level)
		}
	}
}

func FuzzCAP(f *testing.F) {
	f.Add([]byte(capOf()))
	f.Add([]byte(capOf("<msgType>Alert</msgType>", capCancel)))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := parseCAP(toUTF8(body, ""))
		if err != nil {
			return
		}
		v := capVisit{c: &CAP{Topic: "rain", Zone: "UTC"}, now: testNow}
		v.state.add(madeID("qx@yunchuan.example", "W1", "2026-11-19T08:00:00+08:00"))
		v.take(m, "https://example.cn/w.xml")
		h := v.harvest()
		sound(t, h.Posts)
		soundIntakes(t, h)
	})
}
