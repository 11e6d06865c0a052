package console

import (
	"context"
	"strings"
	"testing"

	"watchfire/daemon/store"
)

// Silence stores what people want quiet.
func (o *office) Silence(ctx context.Context, s store.Silence) error {
	s.Since = o.now()
	return o.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.AddSilence(s)
		return err
	})
}

// Unsilence ends a silence.
func (o *office) Unsilence(ctx context.Context, id int64, _ string) error {
	return o.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.EndSilence(id, o.now())
		return err
	})
}

// TestDeliveries has a person read the ledger, silence a topic, and end that.
func TestDeliveries(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	page := w.get("/deliveries?lang=zh", 200)
	sound(t, "deliveries", page)
	for _, want := range []string{"请管理员更换短信网关的密钥", "被拒", "已送达", `href="/incidents/` + id + `"`, "没有静默"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if page := w.get("/deliveries?state=refused&lang=zh", 200); strings.Contains(page, "tag s-sent") || !strings.Contains(page, "tag s-refused") {
		t.Error("the filter does not hold")
	}
	if page := w.get("/deliveries?channel=nobody&lang=zh", 200); strings.Contains(page, "tag s-") {
		t.Error("the filter by channel does not hold")
	}
	w.post("/deliveries", form("do", "silence", "incident", id, "hours", "0", "reason", "x"), 400)
	w.post("/deliveries", form("do", "burn"), 400)
	page = w.post("/deliveries", form("do", "silence", "topic", "tap", "channel", "slack", "hours", "2", "reason", "<b>施工</b>"), 200)
	if !strings.Contains(page, "已静默") || !strings.Contains(page, "&lt;b&gt;施工") || !strings.Contains(page, "提前结束") {
		t.Error("the silence is not shown")
	}
	w.post("/deliveries", form("do", "unsilence", "id", "99"), 404)
	if page = w.post("/deliveries", form("do", "unsilence", "id", "1"), 200); !strings.Contains(page, "没有静默") {
		t.Error("the silence has not ended")
	}
	w.post("/deliveries", form("do", "resend", "incident", id, "alert", id+".5.opened.slack"), 409)
	if page = w.post("/deliveries", form("do", "resend", "incident", id, "alert", id+".5.opened.duty-sms"), 200); !strings.Contains(page, "已要求重发") {
		t.Error("the refused alert is not sent again")
	}
}
