package browser

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// tags are the success criteria that every page must meet: WCAG 2.2, levels A and AA.
var tags = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"}

// violation is what axe found against a rule.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Target  []any  `json:"target"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// look is how a page is looked at.
type look struct {
	name          string
	width, height int64
	dark          bool
}

var looks = []look{{"desk", 1280, 900, false}, {"desk in the dark", 1280, 900, true}, {"phone", 390, 844, false}, {"phone in the dark", 390, 844, true}}

// TestWCAG has axe look at every page in both languages, on a desk and on a phone, in
// the light and in the dark.
func TestWCAG(t *testing.T) {
	t.Parallel()
	s := tell(t)
	known := s.pages()
	maps.Copy(known, s.doors())
	checkComplete(t, known)
	axe, err := os.ReadFile("testdata/axe/axe.min.js")
	s.must(err)
	for _, lang := range []string{"zh", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			for _, view := range []struct {
				of  map[string][]string
				who *person
			}{{s.pages(), s.li}, {s.doors(), nil}} {
				x := s.newTab(t, view.who)
				command(x, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}) // axe is no script of ours
				x.lang = lang
				for _, route := range slices.Sorted(maps.Keys(view.of)) {
					for _, path := range view.of[route] {
						x.examine(string(axe), path)
					}
				}
			}
		})
	}
}

// examine has axe look at a page in every way.
func (x *tab) examine(axe, path string) {
	x.t.Helper()
	x.open(path)
	eval[bool](x, "document.querySelectorAll('details').forEach((d) => { d.open = !d.matches('.who'); }), true")
	eval[bool](x, axe+";true")
	for _, l := range looks {
		x.size(l.width, l.height)
		x.dark(l.dark)
		only := tags
		if l.dark { // the dark changes colours and nothing else
			only = []string{"color-contrast"}
		}
		options, err := json.Marshal(map[string]any{"runOnly": only, "resultTypes": []string{"violations"}, "preload": false})
		if err != nil {
			x.t.Fatal(err)
		}
		found := eval[string](x, fmt.Sprintf("axe.run(document, %s).then((r) => JSON.stringify(r.violations))", options))
		var violations []violation
		if err := json.Unmarshal([]byte(found), &violations); err != nil {
			x.t.Fatal(err)
		}
		for _, v := range violations {
			for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
				x.t.Errorf("%s (%s, %s): %s: %s\n\t%v %s\n\t%s", path, x.lang, l.name, v.ID, v.Help, n.Target, n.HTML, strings.ReplaceAll(n.Summary, "\n", " "))
			}
		}
	}
}
