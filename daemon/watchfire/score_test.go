package main

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"watchfire/daemon/score"
)

var update = flag.Bool("update", false, "write the measured tables of docs/quality.md anew; read them before you commit")

// qualityDoc is the page whose tables `watchfire score` prints.
var qualityDoc = filepath.Join("..", "..", "docs", "quality.md")

// section returns what stands between the marks of a section, and its place.
func section(t *testing.T, page, name string) (text string, from, to int) {
	t.Helper()
	mark := "<!-- score " + name + " -->\n"
	i := strings.Index(page, mark)
	if i < 0 {
		t.Fatalf("%s has no mark %q", qualityDoc, mark)
	}
	from = i + len(mark)
	n := strings.Index(page[from:], "<!-- end -->")
	if n < 0 {
		t.Fatalf("%s: the section %s has no end", qualityDoc, name)
	}
	return page[from : from+n], from, from + n
}

func readPage(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(qualityDoc)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestQualityPublished holds that the page shows what others reached as the
// program prints it.
func TestQualityPublished(t *testing.T) {
	if *update {
		t.Skip("the page is being written")
	}
	page := readPage(t)
	for name, write := range map[string]func(*bytes.Buffer){
		"nab":       func(b *bytes.Buffer) { score.WriteNABPublished(b) },
		"incidents": func(b *bytes.Buffer) { score.WriteIncidentsPublished(b) },
		"mood":      func(b *bytes.Buffer) { score.WriteMoodPublished(b) },
	} {
		var want bytes.Buffer
		write(&want)
		if text, _, _ := section(t, page, name); !strings.Contains(text, want.String()) {
			t.Errorf("section %s of %s differs from what the program prints; run make quality", name, qualityDoc)
		}
	}
}

// TestQuality measures anew and compares with the page. The slow measurements run
// only when they are asked for with WATCHFIRE_QUALITY=1; -update writes the page.
func TestQuality(t *testing.T) {
	shared := os.Getenv("WATCHFIRE_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	for _, m := range []struct {
		name, pack string
		slow       bool
	}{{"nab", "nab", false}, {"incidents", "incidents-dev", true}, {"mood", "sentiment", true}, {"phrase", "hotsearch", true}} {
		t.Run(m.name, func(t *testing.T) {
			dir := filepath.Join(shared, "bench", m.pack)
			if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
				t.Skipf("%s is absent: this measurement needs the bench material beside the project", dir)
			}
			if m.slow && os.Getenv("WATCHFIRE_QUALITY") == "" {
				t.Skip("takes up to a minute; make quality runs it")
			}
			got := measured(t, m.name, dir)
			page := readPage(t)
			want, from, to := section(t, page, m.name)
			if got == want {
				return
			}
			if !*update {
				t.Fatalf("%s says of %s:\n%s\nmeasured:\n%s", qualityDoc, m.name, want, got)
			}
			if err := os.WriteFile(qualityDoc, []byte(page[:from]+got+page[to:]), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func measured(t *testing.T, name, dir string) string {
	t.Helper()
	c := scoreCmd{What: name, Dir: dir, Preset: "noisy"}
	var out bytes.Buffer
	if err := c.measure(t.Context(), zap.NewNop(), &out); err != nil {
		t.Fatal(err)
	}
	return "\n" + out.String()
}
