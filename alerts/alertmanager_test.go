package alerts

import (
	"bufio"
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
	"testing"
	"time"

	"watchfire/crisis"
)

// fakeAM takes alerts as Alertmanager does: it refuses what has no label, an empty
// one, one of a wrong name, or an end before its beginning.
type fakeAM struct {
	*httptest.Server
	got    [][]amPush
	status int
}

func newFakeAM(t *testing.T) (*fakeAM, *Alertmanager) {
	f := &fakeAM{}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f, &Alertmanager{URL: f.URL + "/am/", Authorization: "Bearer " + token, Labels: map[string]string{"team": "press"}, Lasts: 48 * time.Hour, Timeout: 5 * time.Second}
}

func (f *fakeAM) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var list []amPush
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	switch err := d.Decode(&list); {
	case f.status != 0:
		http.Error(w, "sorry, "+r.Header.Get("Authorization"), f.status)
		return
	case r.Method != http.MethodPost || r.URL.Path != "/am/api/v2/alerts":
		http.NotFound(w, r)
		return
	case r.Header.Get("Authorization") != "Bearer "+token:
		w.WriteHeader(http.StatusUnauthorized)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, a := range list {
		bad := len(a.Labels) == 0 || a.StartsAt.After(a.EndsAt) || a.EndsAt.IsZero()
		for name, v := range a.Labels {
			bad = bad || v == "" || !amLabel.MatchString(name)
		}
		if bad {
			http.Error(w, `"start time must be before end time"`, http.StatusBadRequest)
			return
		}
	}
	f.got = append(f.got, list)
	w.WriteHeader(http.StatusOK)
}

// active are the alerts that are on at a time, by incident and severity.
func (f *fakeAM) active(now time.Time) map[string]bool {
	ends := map[string]time.Time{}
	for _, list := range f.got {
		for _, a := range list {
			ends[a.Labels["incident"]+" "+a.Labels["severity"]] = a.EndsAt
		}
	}
	on := map[string]bool{}
	for name, end := range ends {
		if end.After(now) {
			on[name] = true
		}
	}
	return on
}

// TestAlertmanagerMoves has one alert on for an incident, at the level it has, and
// none when it is over.
func TestAlertmanagerMoves(t *testing.T) {
	f, m := newFakeAM(t)
	opened := sample(crisis.AlertOpened, "zh")
	opened.Level = crisis.LevelIII
	for _, x := range []struct {
		a    crisis.Alert
		want string
	}{
		{opened, "20261119-01 III"},
		{opened, "20261119-01 III"},
		{sample(crisis.AlertRaised, "zh"), "20261119-01 II"},
		{sample(crisis.AlertClosed, "zh"), ""},
		{sample(crisis.AlertBlind, "zh"), "trouble:source:news none"},
		{sample(crisis.AlertSight, "zh"), ""},
	} {
		r, err := m.Send(t.Context(), x.a)
		if err != nil {
			t.Fatal(err)
		}
		on := f.active(x.a.At)
		if len(on) > 1 || x.want != "" && !on[x.want] || x.want == "" && len(on) != 0 || r.Ref == "" {
			t.Errorf("after %s: %v is on, want %q", x.a.Kind, on, x.want)
		}
	}
	if a := f.got[0][0]; a.Labels["team"] != "press" || a.Annotations["summary"] != Headline(opened) || !a.EndsAt.Equal(opened.At.Add(48*time.Hour)) || a.GeneratorURL != opened.Link {
		t.Errorf("%+v", a)
	}
	later := sample(crisis.AlertUpdate, "zh")
	later.StepsDone = 9
	if _, err := m.Update(t.Context(), "20261119-01", later); err != nil || !strings.Contains(f.got[len(f.got)-1][0].Annotations["description"], "9/24") {
		t.Errorf("the text was not brought up to date: %v", err)
	}
	for kind, most := range map[crisis.AlertKind]time.Duration{crisis.AlertTest: 5 * time.Minute, crisis.AlertRescue: 24 * time.Hour} {
		a := sample(kind, "zh")
		if got := m.alerts(a); len(got) != 1 || got[0].EndsAt.Sub(a.At) != most {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// TestAlertmanagerClasses maps answers to what can be done.
func TestAlertmanagerClasses(t *testing.T) {
	f, m := newFakeAM(t)
	for status, want := range map[int]fix{
		400: fixUnknown, 401: fixAccess, 403: fixAccess, 404: fixGone, 410: fixGone, 302: fixMoved, 413: fixUnknown, 429: {}, 500: {}, 502: {}, 503: {}, 504: {},
	} {
		f.status = status
		for _, lang := range []string{"zh", "en"} {
			_, err := m.Send(t.Context(), sample(crisis.AlertOpened, lang))
			var refused *Refused
			var later *Later
			switch {
			case want == fix{} && !errors.As(err, &later):
				t.Errorf("%d: %v, want to try again", status, err)
			case want != fix{} && (!errors.As(err, &refused) || refused.Fix != want.in(lang)):
				t.Errorf("%d: %v, want the fix %q", status, err, want.in(lang))
			}
			if strings.Contains(fmt.Sprint(err), token) {
				t.Errorf("%d: the token is shown: %v", status, err)
			}
		}
	}
}

func TestAlertmanagerCheck(t *testing.T) {
	_, m := newFakeAM(t)
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(m *Alertmanager){
		"url":                       func(m *Alertmanager) { m.URL = "127.0.0.1:9093" },
		`labels: "a-b"`:             func(m *Alertmanager) { m.Labels = map[string]string{"a-b": "x"} },
		`labels: "severity" cannot`: func(m *Alertmanager) { m.Labels = map[string]string{"severity": "x"} },
		"lasts":                     func(m *Alertmanager) { m.Lasts = 0 },
		"timeout":                   func(m *Alertmanager) { m.Timeout = 0 },
	} {
		_, m := newFakeAM(t)
		if change(m); m.Check() == nil || !strings.HasPrefix(m.Check().Error(), want) {
			t.Errorf("%v, want %q", m.Check(), want)
		}
	}
}

// TestAlertmanagerGolden holds the bodies.
func TestAlertmanagerGolden(t *testing.T) {
	m := &Alertmanager{Lasts: 48 * time.Hour}
	for _, lang := range []string{"zh", "en"} {
		var b strings.Builder
		for _, kind := range []crisis.AlertKind{crisis.AlertOpened, crisis.AlertClosed, crisis.AlertBlind, crisis.AlertRescue} {
			text, err := encoded(m.alerts(sample(kind, lang))[:1])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "=== %s\n%s\n", kind, readable(t, string(text)))
		}
		golden(t, "alertmanager."+lang, b.String())
	}
}

// TestAlertmanagerServer pushes to Debian's Alertmanager and asks it what is on.
func TestAlertmanagerServer(t *testing.T) {
	program, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Skip("there is no Alertmanager to try: apt-get install prometheus-alertmanager")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "am.yml")
	if err := os.WriteFile(config, []byte("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freePort(t)
	cmd := exec.Command(program, "--config.file="+config, "--storage.path="+dir, "--web.listen-address="+address, "--cluster.listen-address=")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read, ready := make(chan struct{}), make(chan bool, 1)
	go func() { // until it ends, so that it is never kept from writing
		defer close(read)
		lines := bufio.NewScanner(log)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "Listening on") {
				ready <- true
			}
		}
		ready <- false
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-read; _ = cmd.Wait() })
	if !<-ready {
		t.Fatalf("Alertmanager does not start on %s", address)
	}

	m := &Alertmanager{URL: "http://" + address, Lasts: time.Hour, Timeout: 10 * time.Second}
	send := func(kind crisis.AlertKind, level crisis.Level) {
		t.Helper()
		a := sample(kind, "zh")
		a.At = time.Now()
		a.Level, a.Since = level, a.At.Add(-time.Hour)
		if _, err := m.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	on := func() string {
		t.Helper()
		resp, err := http.Get("http://" + address + "/api/v2/alerts")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var list []amPush
		if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, a := range list {
			out = append(out, a.Labels["incident"]+" "+a.Labels["severity"])
		}
		return strings.Join(out, ", ")
	}
	send(crisis.AlertOpened, crisis.LevelIII)
	if got := on(); got != "20261119-01 III" {
		t.Errorf("opened: %q is on", got)
	}
	send(crisis.AlertRaised, crisis.LevelII)
	if got := on(); got != "20261119-01 II" {
		t.Errorf("raised: %q is on", got)
	}
	send(crisis.AlertClosed, crisis.LevelII)
	if got := on(); got != "" {
		t.Errorf("closed: %q is on", got)
	}
}

// freePort returns an address on which nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
