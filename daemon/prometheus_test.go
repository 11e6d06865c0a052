package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
)

// eventually looks until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	end := time.After(90 * time.Second)
	for !holds() {
		select {
		case <-look.C:
		case <-end:
			t.Fatalf("%s: it never came about", what)
		}
	}
}

// freeAddress is an address of this machine where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// started runs a program until the test ends, when it answers at an address.
func started(t *testing.T, address, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
			t.Error(err)
		}
	})
	eventually(t, name, func() bool {
		resp, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return cmd
}

// write writes a file of a test.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPrometheus puts Watchfire behind a real Prometheus and a real Alertmanager, and that
// Alertmanager behind Watchfire: a rule that fires opens one incident, which appears in
// the Alertmanager; from there it comes back, and opens nothing; when the rule fires no
// more, the timeline says so; when the incident is closed, its alert ends.
func TestPrometheus(t *testing.T) {
	for _, name := range []string{"prometheus", "prometheus-alertmanager"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed: apt-get install prometheus prometheus-alertmanager", name)
		}
	}
	dir, prom, am := t.TempDir(), freeAddress(t), freeAddress(t)
	cfg, err := ParseConfig("t", fmt.Appendf(nil, "topics:\n  - {id: water, title: 自来水, any: [自来水]}\nchannels:\n  - {name: oncall, alertmanager: {url: 'http://%s'}}\nsources:\n  - {name: ops, title: 机房监控, alertmanager: {token: %s, topic: water}}\n", am, intakeToken))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Data = filepath.Join(dir, "data")
	d, err := New(t.Context(), cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	door := httptest.NewServer(d.Handler())
	defer door.Close()

	write(t, filepath.Join(dir, "am.yml"), fmt.Sprintf("route: {receiver: r, group_by: ['...'], group_wait: 1s, group_interval: 1s, repeat_interval: 5s}\nreceivers:\n- name: r\n  webhook_configs:\n  - url: '%s/in/ops'\n    http_config: {authorization: {credentials: %s}}\n", door.URL, intakeToken))
	started(t, am, "prometheus-alertmanager", "--config.file="+filepath.Join(dir, "am.yml"), "--storage.path="+filepath.Join(dir, "am"), "--web.listen-address="+am, "--cluster.listen-address=", "--log.level=error")
	rule := func(threshold int) string {
		return fmt.Sprintf("groups:\n- name: g\n  rules:\n  - {alert: PumpDown, expr: 'vector(1) > %d', labels: {severity: critical}, annotations: {summary: 三号泵站停机}}\n", threshold)
	}
	write(t, filepath.Join(dir, "rules.yml"), rule(0))
	write(t, filepath.Join(dir, "prom.yml"), fmt.Sprintf("global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\nalerting: {alertmanagers: [{static_configs: [{targets: ['%s']}]}]}\n", am))
	p := started(t, prom, "prometheus", "--config.file="+filepath.Join(dir, "prom.yml"), "--storage.tsdb.path="+filepath.Join(dir, "prom"), "--web.listen-address="+prom, "--log.level=error", "--rules.alert.resend-delay=1s")

	eventually(t, "the incident", func() bool { return len(openRows(t, d)) > 0 })
	id := openRows(t, d)[0].ID
	eventually(t, "our alert in Alertmanager", func() bool {
		deliverAll(t, d)
		return strings.Contains(amAlerts(t.Context(), am), id)
	})
	eventually(t, "our alert back at the door", func() bool {
		states, err := d.store.Sources(t.Context())
		return err == nil && len(states) == 1 && strings.Contains(states[0].LastDetail, "Watchfire's own")
	})
	write(t, filepath.Join(dir, "rules.yml"), rule(1))
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end", func() bool { return strings.Contains(timelineOf(t, d, id), "已解除：三号泵站停机") })
	rows := openRows(t, d)
	if s := timelineOf(t, d, id); len(rows) != 1 || strings.Count(s, `"says":"三号泵站停机"`) != 1 || strings.Contains(s, `"says":"watchfire"`) {
		t.Errorf("%d incidents are open; the timeline of the first: %s", len(rows), s)
	}
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: id, Note: "已恢复"})
	eventually(t, "the end of our alert", func() bool {
		deliverAll(t, d)
		return !strings.Contains(amAlerts(t.Context(), am), id)
	})
}

// amAlerts are the alerts that an Alertmanager has, as it says; "" while it says nothing.
func amAlerts(ctx context.Context, address string) string {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v2/alerts", http.NoBody)
	if err != nil {
		return ""
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var list []json.RawMessage
	if json.NewDecoder(resp.Body).Decode(&list) != nil {
		return ""
	}
	return fmt.Sprintf("%s", list)
}
