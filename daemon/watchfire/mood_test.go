package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchfire/daemon"
	"watchfire/daemon/store"
)

// place makes a folder with a configuration, a store, and labelled texts.
func place(t *testing.T) (dir, config, texts string) {
	t.Helper()
	dir = t.TempDir()
	config, texts = filepath.Join(dir, "watchfire.yaml"), filepath.Join(dir, "texts.tsv")
	write(t, config, "org: 云川市\ndata: data\n")
	var b strings.Builder
	for i := range 600 {
		for _, w := range [][2]string{{"angry", "骗子"}, {"happy", "真好"}, {"neutral", "通知"}} {
			fmt.Fprintf(&b, "%s\t%d楼%s\tmade\n", w[0], i, w[1])
		}
	}
	write(t, texts, b.String())
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(filepath.Join(dir, "data", "watchfire.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, config, texts
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// An office corrects, trains, gets its model promoted, and can go back.
func TestMoodOfAnOffice(t *testing.T) {
	dir, config, texts := place(t)
	model := filepath.Join(dir, "zh.model")
	run := func(want int, args ...string) {
		t.Helper()
		if got := start(t.Context(), append([]string{"mood"}, args...)); got != want {
			t.Fatalf("watchfire mood %s = %d, want %d", strings.Join(args, " "), got, want)
		}
	}
	run(exitDone, "train", texts, "-o", model)
	first := content(t, model)
	write(t, config, "org: 云川市\ndata: data\nmodels: [zh.model]\n")
	run(exitUsage, "correct", "wow", "绝了", "-c", config)
	for i := range 250 {
		run(exitDone, "correct", "happy", fmt.Sprintf("%d楼绝绝子", i), "-c", config)
	}
	run(exitDone, "train", texts, "--corrections", "-c", config, "-o", model)
	second := content(t, model)
	if bytes.Equal(first, second) || !bytes.Equal(content(t, model+before), first) {
		t.Error("a promoted model must take the place of the first, which stays beside it")
	}
	run(exitDone, "eval", model, texts)
	run(exitDone, "rollback", model)
	if !bytes.Equal(content(t, model), first) || !bytes.Equal(content(t, model+before), second) {
		t.Error("rollback must swap the two models")
	}

	for i := range 250 { // contradicting what is known
		run(exitDone, "correct", "neg", fmt.Sprintf("%d楼真好通知", i), "-c", config)
	}
	write(t, filepath.Join(dir, "check.tsv"), strings.Repeat("happy\t7楼真好通知\n", 20))
	run(exitFailed, "train", texts, "--corrections", "--check", filepath.Join(dir, "check.tsv"), "-c", config, "-o", model)
	if !bytes.Equal(content(t, model), first) {
		t.Error("a model that is not promoted must leave the running one untouched")
	}
}

func TestMoodRefuses(t *testing.T) {
	dir, config, texts := place(t)
	empty, foreign := filepath.Join(dir, "empty.tsv"), filepath.Join(dir, "old.model")
	write(t, empty, "\n")
	write(t, foreign, "WFMOOD\r\n\x00\x00"+strings.Repeat("x", 64))
	for _, args := range [][]string{
		{"train", empty, "-o", filepath.Join(dir, "m")},
		{"train", texts, "--lang", "en", "-o", filepath.Join(dir, "m")},
		{"train", texts, "--corrections", "-c", config, "-o", filepath.Join(dir, "m")},
		{"eval", foreign, texts},
		{"eval", empty},
		{"rollback", foreign},
	} {
		if got := start(t.Context(), append([]string{"mood"}, args...)); got != exitFailed {
			t.Errorf("watchfire mood %v = %d, want %d", args, got, exitFailed)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "m")); err == nil {
		t.Error("a training that failed left a model")
	}
	cfg := daemon.DefaultConfig()
	cfg.Models = []string{foreign}
	if _, err := daemon.NewReader(cfg); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("NewReader with a foreign model = %v", err)
	}
}
