package crawlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"watchfire/crisis"
)

// Alertmanager takes the webhooks of Prometheus Alertmanager (version 4): an alert
// that fires opens the incident of its topic, one that is resolved is noted there.
type Alertmanager struct {
	Token  crisis.Secret           `yaml:"token" doc:"what Alertmanager sends as http_config: authorization: credentials"`
	Topic  string                  `yaml:"topic" doc:"id of the topic whose incident an alert opens"`
	Label  string                  `yaml:"label" doc:"label that may name another topic; empty: none"`
	Levels map[string]crisis.Level `yaml:"levels" doc:"level of each value of the label severity, beside critical: II, warning: III, info: IV, which may be set otherwise here; * is any other; without a level (\"\") an alert opens nothing"`
}

// amLevels are the levels of the severities that nearly everybody uses. What is
// configured comes before them and does not replace them: who adds a word of their own
// must not make the rest open nothing.
var amLevels = map[string]crisis.Level{"critical": crisis.LevelII, "warning": crisis.LevelIII, "info": crisis.LevelIV}

// ourAlert is the alertname of what Watchfire itself pushes to an Alertmanager. If
// such alerts came back as signals, every incident would feed itself.
const ourAlert = "watchfire"

// Check implements Kind.
func (a *Alertmanager) Check() error {
	return errors.Join(append(checkIntake(a.Topic, a.Levels), checkToken(a.Token))...)
}

// Opens implements Opener.
func (a *Alertmanager) Opens() string { return a.Topic }

// amGroup is the body of a webhook.
type amGroup struct {
	Version   string    `json:"version"`
	Alerts    []amAlert `json:"alerts"`
	Truncated int       `json:"truncatedAlerts"`
}

type amAlert struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	Generator   string            `json:"generatorURL"`
	Fingerprint string            `json:"fingerprint"`
}

// Receive reads one webhook. Alertmanager repeats a group as long as an alert of it
// fires; what the cursor knows gives nothing.
func (a *Alertmanager) Receive(cursor string, header http.Header, body []byte, now time.Time) (Harvest, error) {
	if err := bearer(header, a.Token); err != nil {
		return Harvest{}, err
	}
	var g amGroup
	if err := json.Unmarshal(body, &g); err != nil {
		return Harvest{}, malformed("parse the webhook: %w", err)
	}
	if g.Version != "4" {
		return Harvest{}, malformed("the webhook has version %.20q; version 4 is read", g.Version)
	}
	if len(g.Alerts) == 0 {
		return Harvest{}, malformed("the webhook has no alerts")
	}
	c := loadCursor[handedCursor](cursor)
	var intakes []crisis.Intake
	var problems []string
	left, good := 0, 0
	for i := range g.Alerts {
		x := &g.Alerts[i]
		if err := x.check(); err != nil {
			problems = append(problems, fmt.Sprintf("alert %d: %v", i+1, err))
			continue
		}
		good++
		if x.Labels["alertname"] == ourAlert {
			problems = append(problems, fmt.Sprintf("alert %d: left out, it is Watchfire's own; leave these out of the route", i+1))
			continue
		}
		start, end := x.key("firing"), x.key("resolved")
		over := x.Status == "resolved"
		began := c.knows(start)
		if c.knows(end) || (!over && began) { // what has ended does not begin, in whatever order they come
			continue
		}
		if over && !began { // nobody was told that it began
			c.add(end)
			continue
		}
		if !room(intakes, &left) {
			continue
		}
		c.add(x.key(x.Status))
		intakes = append(intakes, a.intake(x, now))
	}
	if good == 0 {
		return Harvest{}, malformed("no alert in the webhook: %s", some(problems, 10))
	}
	if g.Truncated > 0 {
		problems = append(problems, fmt.Sprintf("%d alerts were left out by Alertmanager; raise max_alerts there", g.Truncated))
	}
	return received(intakes, c, leftOut(problems, left)), nil
}

func (x *amAlert) check() error {
	switch {
	case x.Status != "firing" && x.Status != "resolved":
		return fmt.Errorf("status %.20q is neither firing nor resolved", x.Status)
	case x.Labels["alertname"] == "" && x.Annotations["summary"] == "":
		return errors.New("neither a label alertname nor a summary")
	}
	return nil
}

// key is what the cursor knows an alert by: one that fires again has a later start.
func (x *amAlert) key(status string) string {
	id := x.Fingerprint
	if id == "" {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(x.Labels)) {
			parts = append(parts, name, x.Labels[name])
		}
		id = madeID(parts...)
	}
	return madeID(id, x.StartsAt.UTC().Format(time.RFC3339Nano), status)
}

func (a *Alertmanager) intake(x *amAlert, now time.Time) crisis.Intake {
	in := crisis.Intake{
		ID: x.key("firing"), System: "Alertmanager", Topic: a.Topic, Level: levelFor(x.Labels["severity"], a.Levels, amLevels),
		Title: Plain(x.Annotations["summary"]), Text: Plain(x.Annotations["description"]), URL: address("", x.Generator),
		Over: x.Status == "resolved",
	}
	if in.Title == "" {
		in.Title = Plain(x.Labels["alertname"])
	}
	if in.Text == "" {
		in.Text = Plain(x.Annotations["message"])
	}
	if topic := x.Labels[a.Label]; a.Label != "" && topic != "" {
		in.Topic = topic
	}
	if x.StartsAt.Year() >= 2000 && !x.StartsAt.After(now.Add(10*time.Minute)) {
		in.At = x.StartsAt.UTC()
	}
	return in
}
