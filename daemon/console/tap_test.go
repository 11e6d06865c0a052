package console

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

var tapTestKey = []byte("0123456789abcdef0123456789abcdef")

// Tapped reads a link as the daemon does.
func (o *office) Tapped(ctx context.Context, token string) (tap crisis.Tap, in crisis.Incident, err error) {
	if tap, err = crisis.ReadTap(token, tapTestKey, o.now()); err != nil {
		return tap, in, err
	}
	err = o.store.View(ctx, func(tx *store.Tx) error {
		used, err := tx.TapUsed(tap.Nonce)
		if err == nil && used {
			err = crisis.ErrTapExpired
		}
		if err == nil {
			in, _, err = tx.Incident(tap.Incident)
		}
		return err
	})
	return tap, in, err
}

// Tap does what a link allows.
func (o *office) Tap(ctx context.Context, token, note string) (crisis.Tap, error) {
	tap, _, err := o.Tapped(ctx, token)
	if err != nil {
		return tap, err
	}
	if err := o.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.UseTap(tap.Nonce, o.now())
		return err
	}); err != nil {
		return tap, err
	}
	kind := crisis.EventStepDone
	if tap.Do == crisis.TapAcknowledge {
		kind = crisis.EventAcknowledged
	}
	_, err = o.Act(ctx, crisis.Act{Kind: kind, Incident: tap.Incident, Plan: tap.Plan, Step: tap.Step, By: tap.Person, Note: note})
	return tap, err
}

// TestTapPage opens links of a message without logging in.
func TestTapPage(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	in := w.incident(id)
	var step *crisis.StepState
	for i := range in.Steps {
		if s := &in.Steps[i]; !s.Done && s.AskKind != "approval" && s.AskKind != "published" {
			step = s
			break
		}
	}
	tap := crisis.Tap{Person: "王强", Do: crisis.TapDone, Incident: id, Plan: step.Plan, Step: step.ID, Expires: w.now().Add(time.Hour), Nonce: "n1"}
	path := "/tap/" + tap.Token(tapTestKey)
	page := w.get(path+"?lang=zh", 200)
	sound(t, "tap", page)
	if !strings.Contains(page, "勾选："+step.Title) || !strings.Contains(page, "以“王强”的名义") {
		t.Errorf("the page does not say what it does:\n%s", page)
	}
	if s := w.incident(id); s.Step(step.Plan, step.ID).Done {
		t.Fatal("looking at a link ticks the step")
	}
	if resp := w.request("POST", path, strings.NewReader(url.Values{}.Encode()), "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example"); resp.StatusCode != 403 {
		t.Errorf("another site's form: %s", resp.Status)
	}
	if page := w.post(path, form("note", "已到<b>现场"), 200); !strings.Contains(page, "记在“王强”名下") {
		t.Errorf("after the tap:\n%s", page)
	}
	if s := w.incident(id); s.Step(step.Plan, step.ID).DoneBy != "王强" {
		t.Error("the step is not ticked in the person's name")
	}
	w.post(path, form(), 410)
	w.get(path, 410)
	w.get("/tap/"+strings.Repeat("A", 80), 410)
	tap.Nonce, tap.Do = "n2", crisis.TapDone
	if page := w.get("/tap/"+tap.Token(tapTestKey)+"?lang=zh", 200); !strings.Contains(page, "王强已经勾选") || strings.Contains(page, "<form method=\"post\" action=\"/tap") {
		t.Error("a step that is done can be ticked again")
	}
	w.logIn()
	tap.Nonce, tap.Step = "n3", in.Steps[len(in.Steps)-1].ID
	w.get("/tap/"+tap.Token(tapTestKey), 403)
}
