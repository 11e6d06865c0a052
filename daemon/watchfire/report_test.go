package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// reportStore is a store with one incident, as a demo leaves it behind: without a
// configuration.
func reportStore(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(filepath.Join(dir, "watchfire.db"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 6, 30, 0, 0, time.UTC)
	err = st.Update(context.Background(), func(tx *store.Tx) error {
		if err := tx.AddSight(store.Sight{From: at.Add(-48 * time.Hour), Seen: map[string]bool{"forum": true}}); err != nil {
			return err
		}
		if err := tx.AddSight(store.Sight{From: at.Add(20 * time.Minute), Seen: map[string]bool{"forum": false}}); err != nil {
			return err
		}
		_, err := tx.Append("20260302-01", at.Add(time.Hour), crisis.NewEvent(crisis.EventDetected, at, crisis.Machine, crisis.Detected{Topic: "water", Title: "自来水异味", Signal: crisis.Signal{Detector: "surge", At: at}}))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReportCommand(t *testing.T) {
	dir := reportStore(t)
	t.Chdir(dir) // where there is no configuration
	file := filepath.Join(dir, "r.md")
	cmd := reportCmd{Incident: "20260302-01", Config: "watchfire.yaml", Data: dir, Output: file, Lang: "zh", Kind: "full"}
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"复盘报告：自来水异味", "盲区", "2026-03-02 14:45至2026-03-02 15:30", "无法计算：没有人签收"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	for name, bad := range map[string]reportCmd{
		"no incident":      {Config: "watchfire.yaml", Data: dir},
		"unknown incident": {Config: "watchfire.yaml", Data: dir, Incident: "x"},
		"unknown format":   {Config: "watchfire.yaml", Data: dir, Incident: "20260302-01", Format: "pdf"},
		"unknown language": {Config: "watchfire.yaml", Data: dir, Incident: "20260302-01", Lang: "fr"},
		"no store":         {Config: "watchfire.yaml", Data: filepath.Join(dir, "none"), Incident: "20260302-01"},
	} {
		if err := bad.Run(t.Context()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
