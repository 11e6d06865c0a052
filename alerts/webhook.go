package alerts

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// The bodies a webhook can send.
const (
	FormatWatchfire    = "watchfire"    // the alert as JSON, with its text
	FormatAlertmanager = "alertmanager" // the body of Alertmanager's webhook, version 4
)

// Webhook posts alerts to an address, signed as Standard Webhooks 1.0 describes
// (https://www.standardwebhooks.com): webhook-id is the alert's stable id, so the
// receiver can drop the second copy that a crash may cause.
type Webhook struct {
	URL     crisis.Secret `yaml:"url" doc:"address to post to; treated as a secret, because many carry a token"`
	Secret  crisis.Secret `yaml:"secret" doc:"signing secret, whsec_ and base64; empty: unsigned"`
	Format  string        `yaml:"format" doc:"body: watchfire or alertmanager"`
	Timeout time.Duration `yaml:"timeout" doc:"longest wait for the answer"`

	// Now replaces the clock of the signature's time stamp; nil is the time of day.
	Now func() time.Time `yaml:"-"`
}

// Check implements Channel.
func (w *Webhook) Check() error {
	var errs []error
	if !isWeb(w.URL.Reveal()) {
		errs = append(errs, errors.New("url: write an address that begins with https:// or http://"))
	}
	if _, err := w.key(); err != nil {
		errs = append(errs, err)
	}
	if w.Format != FormatWatchfire && w.Format != FormatAlertmanager {
		errs = append(errs, fmt.Errorf("format: %q is unknown; write %s or %s", w.Format, FormatWatchfire, FormatAlertmanager))
	}
	if w.Timeout <= 0 {
		errs = append(errs, errors.New("timeout: write a duration such as 15s"))
	}
	return errors.Join(errs...)
}

func (w *Webhook) key() ([]byte, error) {
	if w.Secret == "" {
		return nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(w.Secret.Reveal(), "whsec_"))
	if err != nil || len(key) < 24 {
		return nil, errors.New("secret: write whsec_ and at least 24 bytes in base64, as from `openssl rand -base64 24`")
	}
	return key, nil
}

// Send posts the alert.
func (w *Webhook) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	body, err := w.body(a)
	if err != nil {
		return Receipt{}, err
	}
	key, err := w.key()
	if err != nil {
		return Receipt{}, &Refused{Fix: fixAccess.in(a.Lang), Err: errors.New("sign: the secret cannot be used")}
	}
	now := clockOf(w.Now)
	stamp := strconv.FormatInt(now.Unix(), 10)
	h := http.Header{"Content-Type": {"application/json"}, "Webhook-Id": {a.ID}, "Webhook-Timestamp": {stamp}}
	if key != nil {
		h.Set("Webhook-Signature", "v1,"+Sign(key, a.ID, stamp, body))
	}
	resp, err := call(ctx, w.Timeout, http.MethodPost, w.URL.Reveal(), h, body)
	switch {
	case errors.Is(err, errAddress):
		return Receipt{}, &Refused{Fix: fixGone.in(a.Lang), Err: fmt.Errorf("post: %w", err)}
	case err != nil:
		return Receipt{}, unreached(fmt.Errorf("post: %w", err), a.Lang)
	}
	if err := ofAnswer(resp, now, a.Lang); err != nil {
		return Receipt{}, err
	}
	return Receipt{Detail: fmt.Sprintf("%d %s", resp.status, http.StatusText(resp.status))}, nil
}

// Sign returns the v1 signature of Standard Webhooks, base64 of HMAC-SHA256.
func Sign(key []byte, id, timestamp string, body []byte) string {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s.%s.", id, timestamp)
	m.Write(body)
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// bare takes the address out of an error of net/http.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// webhookBody is the most bytes of a body that Standard Webhooks advises.
const webhookBody = 20 << 10

// body encodes the alert, of less and less of it if it would be too large.
func (w *Webhook) body(a crisis.Alert) ([]byte, error) {
	b, err := sized(harmless(a), webhookBody, w.encode)
	if err != nil || len(b) <= webhookBody {
		return b, err
	}
	return sized(harmlessly(a, fewWords), webhookBody, w.encode)
}

func (w *Webhook) encode(a crisis.Alert) ([]byte, error) {
	var v any = struct {
		Type      string       `json:"type"`
		Timestamp time.Time    `json:"timestamp"`
		Headline  string       `json:"headline"`
		Text      string       `json:"text"`
		Data      crisis.Alert `json:"data"`
	}{"alert." + string(a.Kind), a.At, Headline(a), Text(a), a}
	if w.Format == FormatAlertmanager {
		v = alertmanager(a)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	return b.Bytes(), nil
}

// The body of Alertmanager's webhook, version 4
// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
type amBody struct {
	Version           string            `json:"version"`
	GroupKey          string            `json:"groupKey"`
	TruncatedAlerts   int               `json:"truncatedAlerts"`
	Status            string            `json:"status"`
	Receiver          string            `json:"receiver"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	ExternalURL       string            `json:"externalURL"`
	Alerts            []amAlert         `json:"alerts"`
}

type amAlert struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
}

// severity is a level as the value of a label, which is never empty.
func severity(l crisis.Level) string { return cmp.Or(l.String(), "none") }

func alertmanager(a crisis.Alert) amBody {
	a = harmless(a)
	a.Taps = nil // others read what stands there
	status, group := "firing", a.Incident
	var ends time.Time
	if a.Closed || a.Kind == crisis.AlertSight {
		status, ends = "resolved", a.At
	}
	if a.Trouble != nil {
		group = "trouble:" + string(a.Trouble.Part) + ":" + a.Trouble.Name
	}
	if group == "" {
		group = a.ID
	}
	labels := map[string]string{"alertname": "watchfire", "incident": group, "severity": severity(a.Level)}
	if a.Topic != "" { // an empty label is no label
		labels["topic"] = a.Topic
	}
	notes := map[string]string{"summary": Headline(a), "description": Text(a), "kind": string(a.Kind)}
	starts := a.Since
	if starts.IsZero() {
		starts = a.At
	}
	sum := sha256.Sum256([]byte(group))
	return amBody{
		Version: "4", GroupKey: group, Status: status, Receiver: "watchfire", ExternalURL: a.Link,
		GroupLabels: map[string]string{"incident": group}, CommonLabels: labels, CommonAnnotations: notes,
		Alerts: []amAlert{{
			Status: status, Labels: labels, Annotations: notes, StartsAt: starts, EndsAt: ends,
			GeneratorURL: a.Link, Fingerprint: hex.EncodeToString(sum[:8]),
		}},
	}
}
