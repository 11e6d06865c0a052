package console

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestShots takes pictures of the main pages into the folder WATCHFIRE_SHOTS, for
// people to look at.
func TestShots(t *testing.T) {
	dir := os.Getenv("WATCHFIRE_SHOTS")
	if dir == "" {
		t.Skip("WATCHFIRE_SHOTS names no folder for pictures")
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	w := newWorld(t, true)
	id := w.fill()
	w.queue()
	w.must(w.Plan(t.Context(), Planned{Title: "水价听证会", From: night.Add(30 * time.Hour), To: night.Add(80 * time.Hour), Bar: 0.85, By: "李敏"}))
	w.weeks()
	for n := range 3 {
		w.shelve(n+1, "停水通知呢？整栋楼都没有水", 77, "tap-water")
	}
	w.console.Contacts = duty
	sizes := map[string]string{"phone": "390,1500", "desk": "1280,1100"}
	shots := []struct{ name, path, size, scheme string }{
		{"now", "/?lang=zh", "phone", "1"},
		{"now-dark", "/?lang=zh", "phone", "0"},
		{"now-desk", "/?lang=zh", "desk", "1"},
		{"now-en", "/?lang=en", "phone", "1"},
		{"incident", "/incidents/" + id + "?lang=zh", "phone", "1"},
		{"incident-desk", "/incidents/" + id + "?lang=zh", "desk", "1"},
		{"incident-desk-en-dark", "/incidents/" + id + "?lang=en", "desk", "0"},
		{"review", "/incidents/" + id + "/review?lang=zh", "phone", "1"},
		{"review-desk", "/incidents/" + id + "/review?lang=zh", "desk", "1"},
		{"statement", "/incidents/" + id + "/statements/new?kind=first_statement&lang=zh", "phone", "1"},
		{"sources", "/sources?lang=zh", "phone", "1"},
		{"requests", "/requests?lang=zh", "phone", "1"},
		{"requests-desk", "/requests?lang=en", "desk", "0"},
		{"topics", "/topics?lang=zh", "phone", "1"},
		{"sources-desk", "/sources?lang=en", "desk", "1"},
		{"posts", "/posts?q=水&lang=zh", "phone", "1"},
		{"posts-desk", "/posts?q=水&lang=en", "desk", "1"},
		{"topic", "/topics/tap-water?lang=zh&text=自来水发臭&bar=80", "phone", "1"},
		{"topic-desk", "/topics/tap-water?lang=zh&text=自来水发臭&bar=80&span=7d", "desk", "1"},
		{"topic-desk-en", "/topics/tap-water?lang=en&text=bus", "desk", "0"},
		{"calendar", "/calendar?lang=zh", "phone", "1"},
		{"calendar-desk", "/calendar?lang=zh", "desk", "1"},
		{"calendar-en", "/calendar?lang=en", "phone", "0"},
		{"insight", "/insight?lang=zh", "phone", "1"},
		{"insight-desk", "/insight?lang=zh", "desk", "1"},
		{"insight-desk-en", "/insight?lang=en", "desk", "0"},
		{"deliveries", "/deliveries?lang=zh&incident=" + id, "phone", "1"},
		{"deliveries-desk", "/deliveries?lang=zh", "desk", "1"},
		{"source", "/sources/forum?lang=zh", "phone", "1"},
		{"source-desk", "/sources/forum?lang=en", "desk", "1"},
		{"chart", "/incidents/" + id + "?lang=zh#chart", "phone", "1"},
		{"chart-dark", "/incidents/" + id + "?lang=zh#chart", "phone", "0"},
		{"chart-desk", "/incidents/" + id + "?lang=zh#chart", "desk", "1"},
		{"chart-desk-en-dark", "/incidents/" + id + "?lang=en#chart", "desk", "0"},
		{"offline", "/offline?lang=zh", "phone", "1"},
		{"offline-dark", "/offline?lang=en", "phone", "0"},
		{"playbook", "/playbooks/service-outage?lang=zh", "phone", "1"},
	}
	if long := os.Getenv("WATCHFIRE_SHOTS_LONG"); long != "" {
		sizes["phone"], sizes["desk"] = "390,"+long, "1280,"+long
	}
	only := os.Getenv("WATCHFIRE_SHOTS_ONLY")
	for _, s := range shots {
		if !strings.Contains(s.name, only) {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		cmd := exec.CommandContext(ctx, browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(), "--timeout=4000",
			"--blink-settings=preferredColorScheme="+s.scheme, "--window-size="+sizes[s.size], "--screenshot="+filepath.Join(dir, s.name+".png"), w.server.URL+s.path)
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil {
			t.Fatalf("%s: %v\n%s", s.name, err, out)
		}
	}
}
