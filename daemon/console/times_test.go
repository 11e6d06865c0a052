package console

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestTimesComeInPairs wants every time on a page said twice: by the clock of the
// organisation, and how long ago or in how long.
func TestTimesComeInPairs(t *testing.T) {
	alone := []string{ // with the reason
		"{{.What}} · {{.Abs}} ·",      // the same red line stands above with the time that is left
		"<span>{{$.From.Abs}}</span>", // the beginning of an axis
		"{{.Abs}} {{.Rel}}",
		".Made.Abs", // what lies off line does not know how late it is
	}
	files, err := filepath.Glob("templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	bare := regexp.MustCompile(`.{0,24}\.Abs}}.{0,60}`)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f, "bits.html") {
			continue
		}
		for _, m := range bare.FindAllString(string(b), -1) {
			paired := strings.Contains(m, `{{template "rel" `)
			for _, ok := range alone {
				paired = paired || strings.Contains(m, ok)
			}
			if !paired {
				t.Errorf("%s: a time without how long ago it is: %s", f, m)
			}
		}
		if m := regexp.MustCompile(`\p{Han}|>[^<{]*[a-z]{4,}[^<{]*<`).FindAllString(string(b), -1); len(m) > 0 {
			for _, s := range m {
				if !literal[strings.Trim(s, "<>")] {
					t.Errorf("%s: %q stands on the page and not in the words", f, s)
				}
			}
		}
	}
}

// literal are the words of templates that are the same in all languages.
var literal = map[string]bool{"openapi.json": true, "Markdown": true, "Word": true, "watchfire drill": true, "watchfire drill D1 -c watchfire.yaml": true, "watchfire drill D1 --rehearse": true}

// TestZone moves the organisation to another zone and wants no time of the old one left on
// any page.
func TestZone(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	w.console.Zone = time.FixedZone("Asia/Tehran", 3*3600+1800) // no whole hours apart from ours
	tag := regexp.MustCompile(`<[^>]*>`)
	clocks := regexp.MustCompile(`\b(\d\d):(\d\d)\b`)
	for _, path := range append(paths(id), "/incidents/"+id+"/review", "/deliveries", "/hot") {
		if path == "/nowhere" {
			continue
		}
		for _, lang := range langs {
			mark := "?"
			if strings.Contains(path, "?") {
				mark = "&"
			}
			page := tag.ReplaceAllString(w.get(path+mark+"lang="+lang, 200), " ")
			ours, zone := night.In(w.console.Zone).Format("15:04:05"), "Asia/Tehran"
			if !strings.Contains(page, ours) || !strings.Contains(page, zone) {
				t.Errorf("%s %s: does not say that it is %s in %s", lang, path, ours, zone)
			}
			for _, m := range clocks.FindAllString(page, -1) {
				if m == "03:12" || m == "19:12" { // in Shanghai and in UTC
					t.Errorf("%s %s: says %s, which is the time elsewhere", lang, path, m)
				}
			}
		}
	}
}
