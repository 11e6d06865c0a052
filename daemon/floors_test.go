package daemon

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors says which packages of the house each package may import, and which
// outside dependencies have their room there. Imports go down only; neighbours
// do not meet.
var floors = map[string]struct{ house, outside []string }{
	"crisis":            {},
	"crawlers":          {house: []string{"crisis"}, outside: []string{"github.com/gocolly/colly", "github.com/mmcdole/gofeed", "github.com/PuerkitoBio/goquery", "github.com/temoto/robotstxt", "golang.org/x/net", "golang.org/x/text", "golang.org/x/time", "github.com/andybalholm/cascadia"}},
	"detectors":         {house: []string{"crisis"}},
	"detectors/reading": {house: []string{"crisis"}, outside: []string{"github.com/go-ego/gse", "github.com/cespare/xxhash", "golang.org/x/text"}},
	"playbooks":         {house: []string{"crisis"}, outside: []string{"github.com/goccy/go-yaml", "golang.org/x/text"}},
	"alerts":            {house: []string{"crisis"}, outside: []string{"github.com/slack-go/slack", "github.com/wneessen/go-mail", "github.com/gorilla/websocket"}},
	"daemon/failpoint":  {},
	"daemon/store":      {house: []string{"crisis", "daemon/failpoint"}, outside: []string{"modernc.org/sqlite", "golang.org/x/sys"}},
	"daemon/score":      {house: []string{"crisis", "detectors"}}, // evaluators: they measure detectors and know nothing of the daemon
	"daemon/town":       {house: []string{"crisis"}, outside: []string{"golang.org/x/text"}},
	"daemon/drill":      {house: []string{"crisis", "playbooks", "daemon/town"}, outside: []string{"github.com/goccy/go-yaml"}},
	"daemon/browser":    {}, // tests of the console in Chromium, no code
	"daemon/console":    {house: []string{"crisis", "playbooks", "daemon/store"}, outside: []string{"golang.org/x/crypto", "golang.org/x/image", "golang.org/x/time", "golang.org/x/oauth2", "github.com/coreos/go-oidc"}},
	"daemon":            {house: []string{"crisis", "crawlers", "detectors", "detectors/reading", "playbooks", "alerts", "daemon/failpoint", "daemon/store", "daemon/console"}, outside: []string{"github.com/robfig/cron", "go.uber.org/zap", "github.com/goccy/go-yaml", "github.com/prometheus/client_golang"}},
	"daemon/watchfire":  {house: []string{"daemon", "crisis", "daemon/score", "detectors", "detectors/reading", "daemon/store", "daemon/town", "daemon/drill", "alerts", "crawlers", "playbooks"}, outside: []string{"github.com/alecthomas/kong", "go.uber.org/zap"}},
}

// TestFloors fails with the name of the file whose import climbs up or sideways.
func TestFloors(t *testing.T) {
	root := ".."
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "tools" || e.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		checkImports(t, root, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImports(t *testing.T, root, path string) {
	t.Helper()
	rel, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	pkg := filepath.ToSlash(filepath.Dir(rel))
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	floor, ok := floors[pkg]
	if !ok && file.Name.Name == "main" { // a generator beside the package it generates for
		pkg = filepath.ToSlash(filepath.Dir(pkg))
		floor, ok = floors[pkg]
	}
	if !ok {
		t.Errorf("%s: package %s has no floor; give it one in floors_test.go", rel, pkg)
		return
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if house, in := strings.CutPrefix(name, "watchfire/"); in {
			if !slices.Contains(floor.house, house) {
				t.Errorf("%s imports %s: %s may import only %v", rel, name, pkg, floor.house)
			}
			continue
		}
		if !strings.Contains(strings.Split(name, "/")[0], ".") {
			continue // the standard library
		}
		if !slices.ContainsFunc(floor.outside, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") }) {
			t.Errorf("%s imports %s: that dependency has its room elsewhere", rel, name)
		}
	}
}
