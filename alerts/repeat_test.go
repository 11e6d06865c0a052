package alerts

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
)

// TestRepeat marks what may have arrived before, on every chat, in the line that a phone
// shows and where the number stands; and nothing else.
func TestRepeat(t *testing.T) {
	for lang, marks := range map[string][2]string{"zh": {"【可能重复】", "可能已经收到过"}, "en": {"[maybe again]", "may have had it before"}} {
		for _, kind := range []crisis.AlertKind{crisis.AlertOpened, crisis.AlertRaised, crisis.AlertOverdue, crisis.AlertBlind} {
			for _, repeat := range []bool{true, false} {
				a := sample(kind, lang)
				a.Repeat = repeat
				asJSON := func(v any) string {
					b, err := json.Marshal(v)
					if err != nil {
						t.Fatal(err)
					}
					return string(b)
				}
				short, end := brief(a)
				for form, text := range map[string]string{
					"text": Text(a), "dingtalk": asJSON(dingtalkOf(a)), "wecom": wecomOf(a), "feishu": asJSON(cardOf(a)), "slack": asJSON(blocks(a)), "brief": short + end,
				} {
					for _, mark := range marks {
						if form != "text" && form != "feishu" && form != "slack" {
							mark = plainly(mark)
						}
						if strings.Contains(text, mark) != repeat {
							t.Errorf("%s %s of %s, repeat %t: %q is %t in\n%s", lang, form, kind, repeat, mark, !repeat, text)
						}
					}
				}
				if n := utf8.RuneCountInString(Headline(a)); n > lockScreen {
					t.Errorf("%s headline of %s has %d characters", lang, kind, n)
				}
			}
		}
	}
}

// TestSlackFinds sees whether an alert arrived before the answer was lost.
func TestSlackFinds(t *testing.T) {
	f := newFakeSlack(t)
	s := newSlack(f)
	first, reply, never := sample(crisis.AlertOpened, "zh"), sample(crisis.AlertRaised, "zh"), sample(crisis.AlertQuiet, "zh")
	first.ID, reply.ID, never.ID = "1", "2", "3"
	sent, err := s.Send(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	below, err := s.Reply(t.Context(), sent.Ref, reply)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Find(t.Context(), "", first); err == nil || errors.Is(err, ErrLost) {
		t.Errorf("without the scope: %v, want that it cannot be known", err)
	}
	f.reads = true
	for _, c := range []struct {
		ref  string
		a    crisis.Alert
		want string
		err  error
	}{{"", first, sent.Ref, nil}, {sent.Ref, reply, below.Ref, nil}, {sent.Ref, never, "", ErrLost}, {"", never, "", ErrLost}} {
		if got, err := s.Find(t.Context(), c.ref, c.a); !errors.Is(err, c.err) || got.Ref != c.want {
			t.Errorf("Find(%q, alert %s) = %+v, %v, want %q, %v", c.ref, c.a.ID, got, err, c.want, c.err)
		}
	}
	f.hasMore = true
	if _, err := s.Find(t.Context(), "", never); err == nil || errors.Is(err, ErrLost) {
		t.Errorf("among more messages than were read: %v, want that it cannot be known", err)
	}
}

// TestUnanswered tells an attempt that may have arrived from one that has not.
func TestUnanswered(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	serve := func(f http.HandlerFunc) string {
		s := httptest.NewServer(f)
		t.Cleanup(s.Close)
		return s.URL
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		url  string
		want bool
	}{
		"no answer":    {serve(func(_ http.ResponseWriter, r *http.Request) { <-hang }), true},
		"cut off":      {serve(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), true},
		"busy":         {serve(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }), false},
		"nobody there": {"http://" + closed.Addr().String(), false},
	} {
		t.Run(name, func(t *testing.T) {
			a := sample(crisis.AlertOpened, "zh")
			_, byHook := (&Webhook{URL: crisis.Secret(c.url), Format: FormatWatchfire, Timeout: 100 * time.Millisecond}).Send(t.Context(), a)
			_, bySlack := (&Slack{Token: token, Channel: "C1", API: c.url, Timeout: 100 * time.Millisecond}).Send(t.Context(), a)
			for _, err := range []error{byHook, bySlack} {
				if err == nil || Unanswered(err) != c.want {
					t.Errorf("Unanswered(%v) = %t, want %t", err, !c.want, c.want)
				}
				if !Unanswered(fmt.Errorf("deliver: %w", err)) == c.want {
					t.Errorf("wrapped, %v is something else", err)
				}
			}
		})
	}
}
