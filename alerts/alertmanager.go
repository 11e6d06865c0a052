package alerts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"watchfire/crisis"
)

// Alertmanager pushes alerts to an Alertmanager (API v2), which sends them on by its
// own routes, for offices that have their on-call duty there. An incident is one
// alert; its severity is the response level, so a change of level ends the alert of
// the level before. Alertmanager forgets alerts that nobody repeats, so they are
// given an end that is far away, and the real one when the incident is closed.
type Alertmanager struct {
	URL           string            `yaml:"url" doc:"address of Alertmanager with its path, such as http://127.0.0.1:9093"`
	Authorization crisis.Secret     `yaml:"authorization" doc:"value of the header Authorization, such as Bearer …; empty: none"`
	Labels        map[string]string `yaml:"labels" doc:"further labels for its routes, such as team: press"`
	Lasts         time.Duration     `yaml:"lasts" doc:"for how long an alert of which nothing more is heard stays on"`
	Timeout       time.Duration     `yaml:"timeout" doc:"longest wait for an answer"`
}

// amLabel is what the name of a label may look like.
var amLabel = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// amOurs are the labels that we set.
var amOurs = map[string]bool{"alertname": true, "incident": true, "severity": true, "topic": true, "drill": true}

// Check implements Channel.
func (m *Alertmanager) Check() error {
	var errs []error
	if !isWeb(m.URL) {
		errs = append(errs, errors.New("url: write an address such as http://127.0.0.1:9093"))
	}
	for name := range m.Labels {
		if !amLabel.MatchString(name) || amOurs[name] {
			errs = append(errs, fmt.Errorf("labels: %q cannot be used; write letters, digits and _, other than alertname, incident, severity, topic and drill", name))
		}
	}
	if m.Lasts <= 0 {
		errs = append(errs, errors.New("lasts: write a duration such as 168h"))
	}
	if m.Timeout <= 0 {
		errs = append(errs, errors.New("timeout: write a duration such as 15s"))
	}
	return errors.Join(errs...)
}

// Send sets the alert of the incident.
func (m *Alertmanager) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	alerts := m.alerts(a)
	r := request{
		chat: "Alertmanager", method: http.MethodPost, url: strings.TrimSuffix(m.URL, "/") + "/api/v2/alerts", body: alerts, lang: a.Lang, timeout: m.Timeout,
		secrets: []string{m.Authorization.Reveal(), afterSpace(m.Authorization.Reveal())}, now: time.Now(), header: m.Authorization.Reveal(),
	}
	resp, err := r.do(ctx)
	if err != nil {
		return Receipt{}, err
	}
	err = ofAnswer(resp, r.now, a.Lang)
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return Receipt{}, &Refused{Fix: refused.Fix, Err: fmt.Errorf("%w: %s", refused.Err, hush(string(resp.body), r.secrets))}
	}
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Ref: alerts[0].Labels["incident"]}, nil
}

// Update brings the text of the alert up to date; nobody is told again.
func (m *Alertmanager) Update(ctx context.Context, _ string, a crisis.Alert) (Receipt, error) {
	return m.Send(ctx, a)
}

// afterSpace is the secret part of a header such as Bearer x.
func afterSpace(s string) string {
	_, rest, _ := strings.Cut(s, " ")
	return rest
}

// amPush is an alert as the API takes it.
type amPush struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// alerts are the alert of the incident, first, and the end of what it was called at
// any other level: an end of what never began tells nobody anything, and what is
// known at one time need not be what Alertmanager has.
func (m *Alertmanager) alerts(a crisis.Alert) []amPush {
	one := alertmanager(a).Alerts[0]
	maps.Copy(one.Labels, m.Labels)
	if a.Drill {
		one.Labels["drill"] = "true"
	}
	ends := one.EndsAt
	if ends.IsZero() {
		ends = a.At.Add(m.lasts(a))
	}
	if one.StartsAt.After(ends) {
		one.StartsAt = ends
	}
	out := []amPush{{one.Labels, one.Annotations, one.StartsAt, ends, webAddress(a.Link)}}
	if a.Incident == "" {
		return out
	}
	for l := crisis.LevelNone; l <= crisis.LevelIV; l++ {
		if l == a.Level {
			continue
		}
		other := out[0]
		other.Labels = maps.Clone(one.Labels)
		other.Labels["severity"] = severity(l)
		other.EndsAt = a.At
		out = append(out, other)
	}
	return out
}

// lasts says for how long an alert stays on: what belongs to no incident has no end
// that we would hear of.
func (m *Alertmanager) lasts(a crisis.Alert) time.Duration {
	switch {
	case a.Kind == crisis.AlertTest, a.Kind == crisis.AlertDigest, a.Alive != nil: // heard once
		return min(m.Lasts, 5*time.Minute)
	case a.Incident == "" && a.Trouble == nil:
		return min(m.Lasts, 24*time.Hour)
	}
	return m.Lasts
}
