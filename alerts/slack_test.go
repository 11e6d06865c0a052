package alerts

import (
	"errors"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

func newSlack(f *fakeSlack) *Slack {
	return &Slack{Token: token, Channel: "C1", API: f.url, Timeout: 5 * time.Second}
}

// TestSlackMoves posts one message for an incident, edits it in place, and hangs
// below it what must be heard again.
func TestSlackMoves(t *testing.T) {
	f := newFakeSlack(t)
	s := newSlack(f)
	first, err := s.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
	if err != nil || first.Ref == "" {
		t.Fatalf("Send = %+v, %v", first, err)
	}
	later := sample(crisis.AlertUpdate, "zh")
	later.StepsDone = 9
	if _, err := s.Update(t.Context(), first.Ref, later); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []crisis.AlertKind{crisis.AlertRaised, crisis.AlertQuiet} {
		if _, err := s.Reply(t.Context(), first.Ref, sample(kind, "zh")); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.messages) != 3 || f.edits != 1 {
		t.Fatalf("Slack holds %d messages after %d edits, want one with two replies, and one edit", len(f.messages), f.edits)
	}
	if m := f.messages[0]; m.thread != "" || !strings.Contains(m.blocks, "9/24") {
		t.Errorf("the message on show was not brought up to date: %+v", m)
	}
	if r := f.messages[1]; r.thread != f.messages[0].ts || !r.broadcast {
		t.Errorf("a raise is not heard in the channel: %+v", r)
	}
	if r := f.messages[2]; r.thread != f.messages[0].ts || r.broadcast {
		t.Errorf("a remark is as loud as a raise: %+v", r)
	}
}

// TestSlackFits sends more than Block Kit takes: it is cut, not refused.
func TestSlackFits(t *testing.T) {
	f := newFakeSlack(t)
	a := sample(crisis.AlertOpened, "zh")
	a.Evidence = nil
	for range 60 {
		a.Evidence = append(a.Evidence, crisis.Evidence{Source: "s", Quote: strings.Repeat("<长>", 500), URL: "https://x.example/" + strings.Repeat("&", 400)})
	}
	if _, err := newSlack(f).Send(t.Context(), a); err != nil {
		t.Errorf("an alert of many quotes: %v, want it cut to fit", err)
	}
	f.fail = "msg_too_long"
	f.failOnce = true
	if _, err := newSlack(f).Send(t.Context(), a); err != nil || len(f.messages) != 2 || len(f.messages[1].blocks) > 2 || !strings.Contains(f.messages[1].text, a.Link) {
		t.Errorf("a message that Slack finds too long: %v, want it sent in short form", err)
	}
}

// TestSlackClasses maps what Slack answers to what can be done about it.
func TestSlackClasses(t *testing.T) {
	f := newFakeSlack(t)
	s := newSlack(f)
	for code, want := range map[string]string{
		"invalid_auth": "refused", "channel_not_found": "refused", "is_archived": "refused", "not_in_channel": "refused", "token_revoked": "refused", "msg_too_long": "refused",
		"a_code_of_next_year": "refused", "403": "refused", "404": "refused", "internal_error": "later", "ratelimited": "later", "500": "later",
		"message_not_found": "lost", "thread_not_found": "lost", "garbage": "refused",
	} {
		f.fail = code
		_, err := s.Send(t.Context(), sample(crisis.AlertOpened, "en"))
		var refused *Refused
		got := "later"
		switch {
		case err == nil:
			t.Errorf("%s: sent", code)
		case errors.Is(err, ErrLost):
			got = "lost"
		case errors.As(err, &refused):
			got = "refused"
			if refused.Fix == "" {
				t.Errorf("%s: refused without a fix", code)
			}
		}
		if got != want {
			t.Errorf("%s: %v is %s, want %s", code, err, got, want)
		}
	}
	for retry, want := range map[string]time.Duration{"3": 3 * time.Second, "": 0, "soon": 0, "-5": 0, "99999999": 24 * time.Hour} {
		f.fail, f.retryAfter = "429", retry
		_, err := s.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
		var later *Later
		if !errors.As(err, &later) || later.After != want {
			t.Errorf("429 with Retry-After %q: %v, %+v, want to wait %s", retry, err, later, want)
		}
	}
}
