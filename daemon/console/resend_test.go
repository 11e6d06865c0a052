package console

import (
	"context"
	"strings"
	"testing"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Resend implements Resender as the daemon does.
func (o *office) Resend(ctx context.Context, incident, alert, by string) error {
	return o.store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.Undelivered(alert)
		if err != nil {
			return err
		}
		if err := tx.Resend(u.ID, o.now()); err != nil {
			return err
		}
		_, err = tx.Append(incident, o.now(), crisis.NewEvent(crisis.EventAlertResent, o.now(), by, crisis.Delivery{Alert: alert, Kind: u.Kind, Channel: u.Channel}))
		return err
	})
}

// TestResend has a person send again what was refused, once.
func TestResend(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	w.post("/name", form("name", "张伟", "next", at), 200)
	again := form("alert", id+".5.opened.duty-sms")
	page := w.get(at+"?lang=zh", 200)
	if strings.Count(page, `action="`+at+`/resend"`) != 1 || !strings.Contains(page, "再发一次") {
		t.Error("the page does not offer to send the refused alert again, and only that")
	}
	page = w.post(at+"/resend?lang=zh", again, 200)
	sound(t, "sent again", page)
	for _, want := range []string{"已要求重发", "要求重发提醒（新事件）：duty-sms", "张伟"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	if strings.Contains(page, at+"/resend") {
		t.Error("the page offers to send again what is on its way")
	}
	w.post(at+"/resend", again, 409)
	w.post(at+"/resend", form("alert", id+".5.opened.slack"), 409)
	if page := w.get(at+"?lang=en", 200); !strings.Contains(page, "has the alert (new incident) sent again: duty-sms") {
		t.Error("the English timeline does not tell it")
	}
	r := w.request("POST", at+"/resend", strings.NewReader(again.Encode()), "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example")
	w.read(r, 403)
}
