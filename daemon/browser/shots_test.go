package browser

import (
	"bytes"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"

	"watchfire/crisis"
)

// largest picture of the documentation, in bytes.
const largest = 150 << 10

// TestShots takes the pictures of the documentation into the folder that WATCHFIRE_SHOTS
// names: docs/img, or any other to look at.
func TestShots(t *testing.T) {
	dir := os.Getenv("WATCHFIRE_SHOTS")
	if dir == "" {
		t.Skip("WATCHFIRE_SHOTS names no folder for pictures")
	}
	s := tell(t)
	x := s.newTab(t, s.li)
	here := "/incidents/" + s.id
	phone, desk := [2]int64{390, 844}, [2]int64{1280, 900}
	for _, shot := range []shot{
		{"now", "/", "zh", desk, false},
		{"now-phone", "/", "zh", phone, false},
		{"now-en", "/", "en", desk, false},
		{"incident", here, "zh", desk, false},
		{"incident-phone", here, "zh", phone, true},
		{"steps-phone", here + "#steps", "zh", phone, false},
		{"incident-en", here, "en", desk, true},
		{"statement", s.statement, "zh", desk, false},
		{"topics", "/topics", "zh", desk, false},
		{"topic", "/topics/tap-water?text=青溪桃源新村的自来水发臭&bar=80", "zh", desk, false},
		{"posts", "/posts?q=自来水", "zh", desk, false},
		{"hot-phone", "/hot", "zh", phone, false},
		{"sources", "/sources", "zh", desk, false},
		{"calendar", "/calendar", "zh", desk, false},
		{"insight", "/insight", "zh", desk, false},
		{"settings", "/settings/people", "zh", desk, false},
	} {
		x.shoot(dir, shot)
	}
	s.finish()
	for _, shot := range []shot{{"report", here + "/report.html", "zh", desk, false}, {"review", here + "/review", "zh", desk, false}, {"review-en", here + "/review", "en", desk, false}} {
		x.shoot(dir, shot)
	}
}

// shot is one picture.
type shot struct {
	name, path, lang string
	size             [2]int64
	dark             bool
}

// shoot takes one picture.
func (x *tab) shoot(dir string, s shot) {
	x.t.Helper()
	x.lang = s.lang
	x.size(s.size[0], s.size[1])
	x.dark(s.dark)
	x.open(s.path)
	x.until("document.readyState === 'complete' && document.fonts.status === 'loaded'")
	data := command(x, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng}).Data
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		x.t.Fatal(err)
	}
	small := squeeze(picture)
	if len(small) > largest {
		x.t.Errorf("%s: %d bytes, want at most %d", s.name, len(small), largest)
	}
	if err := os.WriteFile(filepath.Join(dir, s.name+".png"), small, 0o644); err != nil {
		x.t.Fatal(err)
	}
}

// finish plays the story to its end: the statement goes out, its promise is kept, and
// the incident is closed and reviewed.
func (s *story) finish() {
	s.t.Helper()
	here := "/incidents/" + s.id
	id := s.statement[strings.LastIndexByte(s.statement, '/')+1:]
	for _, stage := range []string{"text", "fact", "secrecy"} {
		s.wang.post(here+"/statements", url.Values{"do": {"pass"}, "statement": {id}, "version": {"1"}, "stage": {stage}})
	}
	s.wang.post(here+"/statements", url.Values{"do": {"approve"}, "statement": {id}, "version": {"1"}})
	s.pass(2)
	s.li.post(here+"/statements", url.Values{"do": {"publish"}, "statement": {id}, "version": {"1"}, "where": {"云川发布"}, "link": {"https://fabu.yunchuan.example/20260306.html"}})
	s.act(crisis.Act{Kind: crisis.EventHappened, Incident: s.id, By: "李敏", At: s.truth.Crisis.Start.Add(-10 * time.Minute), Note: "水务集团调度记录"})
	in := s.incident(s.id)
	for i := range in.Plans[0].Steps[2:8] {
		s.pass(3)
		s.act(crisis.Act{Kind: crisis.EventStepDone, Incident: s.id, By: "李敏", Plan: in.Plans[0].ID, Step: in.Plans[0].Steps[2+i].ID, Note: "已办，见值班记录。"})
	}
	s.pass(20)
	in = s.incident(s.id)
	for _, p := range in.OpenPromises() {
		s.li.post(here+"/statements", url.Values{"do": {"keep"}, "promise": {p.ID}, "note": {"检测结果已在云川发布公布"}})
	}
	s.wang.post(here, url.Values{"do": {"close"}, "note": {"水质恢复正常，结果已公布，声量回落。"}})
	s.li.post(here+"/review", url.Values{"do": {"finding"}, "kind": {"gap"}, "text": {"供水热线占线近两小时，先期没有加开坐席。"}})
	s.li.post(here+"/review", url.Values{"do": {"finding"}, "kind": {"good"}, "text": {"发现 6 分钟签收，安全提示先于检测结果发出。"}})
}
