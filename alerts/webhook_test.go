package alerts

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestSignature checks against a vector computed with another program (Python's hmac).
func TestSignature(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLDSw")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "Y8hn6SfN+vi71icDNA4p5Atpew33PyPXfhBvYUViZjA="; got != want {
		t.Errorf("Sign = %s, want %s", got, want)
	}
}

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLDSw"

// newHook returns a webhook whose receiver is h.
func newHook(t *testing.T, h http.HandlerFunc) *Webhook {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &Webhook{URL: crisis.Secret(s.URL), Secret: hookSecret, Format: FormatWatchfire, Timeout: 5 * time.Second, Now: func() time.Time { return at(1, 36) }}
}

// TestWebhookSigns checks what a receiver checks: the same id each time, the time,
// and the signature over the body as received.
func TestWebhookSigns(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	a, calls := sample(crisis.AlertOpened, "zh"), 0
	hook := newHook(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		stamp := strconv.FormatInt(at(1, 36).Unix(), 10)
		if r.Header.Get("Webhook-Id") != a.ID || r.Header.Get("Webhook-Timestamp") != stamp || r.Header.Get("Webhook-Signature") != "v1,"+Sign(key, a.ID, stamp, body) {
			t.Errorf("headers %v", r.Header)
		}
		var got struct {
			Type, Headline, Text string
			Data                 crisis.Alert
		}
		if err := json.Unmarshal(body, &got); err != nil || got.Type != "alert.opened" || got.Headline != Headline(a) || got.Text != Text(a) || got.Data.ID != a.ID {
			t.Errorf("body %s, %v", body, err)
		}
		calls++
	})
	for range 2 {
		if _, err := hook.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls, want 2", calls)
	}
}

// TestWebhookAlertmanager checks the body that Alertmanager's receivers read: the
// end of an incident has the fingerprint of its beginning.
func TestWebhookAlertmanager(t *testing.T) {
	var got []amBody
	hook := newHook(t, func(_ http.ResponseWriter, r *http.Request) {
		var b amBody
		if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
			t.Error(err)
		}
		got = append(got, b)
	})
	hook.Format = FormatAlertmanager
	for _, a := range []crisis.Alert{sample(crisis.AlertOpened, "zh"), sample(crisis.AlertClosed, "zh"), sample(crisis.AlertBlind, "zh"), sample(crisis.AlertSight, "zh")} {
		if _, err := hook.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"firing", "resolved", "firing", "resolved"} {
		b := got[i]
		if b.Version != "4" || b.Status != want || b.Alerts[0].Status != want || b.Alerts[0].EndsAt.IsZero() != (want == "firing") {
			t.Errorf("alert %d: %+v, want %s", i, b, want)
		}
		if first := got[i/2*2]; b.GroupKey != first.GroupKey || b.Alerts[0].Fingerprint != first.Alerts[0].Fingerprint {
			t.Errorf("alert %d does not belong to the one before", i)
		}
		for name, v := range b.Alerts[0].Labels {
			if v == "" {
				t.Errorf("alert %d: label %s is empty", i, name)
			}
		}
	}
	if got[0].Alerts[0].Labels["severity"] != "II" || got[0].GroupKey == got[2].GroupKey {
		t.Errorf("labels %v", got[0].Alerts[0].Labels)
	}
}

// TestWebhookBody keeps a body within what Standard Webhooks advises, whatever
// strangers write.
func TestWebhookBody(t *testing.T) {
	a := sample(crisis.AlertOpened, "zh")
	for range 40 {
		a.Evidence = append(a.Evidence, crisis.Evidence{Source: "s", Quote: strings.Repeat("长", 300), URL: "https://x.example/" + strings.Repeat("u", 400)})
	}
	b, err := (&Webhook{Format: FormatWatchfire}).body(a)
	if err != nil || len(b) > webhookBody || !json.Valid(b) {
		t.Errorf("the body has %d bytes, %v", len(b), err)
	}
}

// TestWebhookClasses holds what Standard Webhooks says of answers: 410 ends it until a
// person acts, 429, 502 and 504 slow it down; and that the body carries no secret.
func TestWebhookClasses(t *testing.T) {
	for _, format := range []string{FormatWatchfire, FormatAlertmanager} {
		for status, want := range map[int]fix{410: fixGone, 404: fixGone, 401: fixAccess, 308: fixMoved, 415: fixUnknown, 429: {}, 500: {}, 502: {}, 503: {}, 504: {}} {
			for _, lang := range []string{"zh", "en"} {
				hook := newHook(t, func(w http.ResponseWriter, r *http.Request) {
					body, err := io.ReadAll(r.Body)
					if s := string(body); err != nil || strings.Contains(s, hookSecret[6:]) || strings.Contains(s, token) || strings.Contains(s, r.Host) {
						t.Errorf("the body carries a secret: %s, %v", s, err)
					}
					w.Header().Set("Retry-After", "120")
					w.WriteHeader(status)
				})
				hook.Format, hook.URL = format, hook.URL+"/"+token
				_, err := hook.Send(t.Context(), sample(crisis.AlertOpened, lang))
				var refused *Refused
				var later *Later
				switch {
				case want == fix{} && (!errors.As(err, &later) || later.After != 2*time.Minute):
					t.Errorf("%d: %v, want to try again in 2 min", status, err)
				case want != fix{} && (!errors.As(err, &refused) || !strings.HasPrefix(refused.Fix, want.in(lang))):
					t.Errorf("%d: %v, want the fix %q", status, err, want.in(lang))
				}
			}
		}
	}
}
