package daemon

import (
	"strings"
	"testing"
	"time"

	"watchfire/daemon/store"
)

// TestStands says of every state of an alert why it waits and until when, or what to mend.
func TestStands(t *testing.T) {
	now := eight
	for _, c := range []struct {
		row    store.LedgerRow
		rests  time.Time
		zh, en string
	}{
		{store.LedgerRow{State: store.StateSent, Detail: "200 OK"}, time.Time{}, "200 OK", "200 OK"},
		{store.LedgerRow{State: store.StateRefused, Fix: "换新令牌", Detail: "answered 401"}, time.Time{}, "换新令牌（answered 401）", "换新令牌 (answered 401)"},
		{store.LedgerRow{State: store.StateDead, Detail: "answered 503"}, time.Time{}, "72小时没有送达", "given up"},
		{store.LedgerRow{State: store.StateHeld, Due: now.Add(time.Hour), Detail: "夜间静默"}, time.Time{}, "静默至 03-16 09:00:00：夜间静默", "quiet until 03-16 09:00:00: 夜间静默"},
		{store.LedgerRow{State: store.StateSending, Attempts: 1}, time.Time{}, "正在发送", "on its way"},
		{store.LedgerRow{State: store.StateWaiting, Due: now.Add(-time.Second)}, time.Time{}, "排队待发", "in line"},
		{store.LedgerRow{State: store.StateWaiting, Due: now.Add(-time.Second)}, now.Add(10 * time.Minute), "本渠道 03-16 08:10:00 起再发", "goes on at 03-16 08:10:00"},
		{store.LedgerRow{State: store.StateWaiting, Due: now.Add(time.Minute)}, time.Time{}, "03-16 08:01:00 发送", "goes out at 03-16 08:01:00"},
		{store.LedgerRow{State: store.StateWaiting, Attempts: 2, Due: now.Add(time.Minute), Detail: "连不上对方"}, time.Time{}, "03-16 08:01:00 再发：连不上对方", "next try at 03-16 08:01:00: 连不上对方"},
		{store.LedgerRow{State: store.StateWaiting, Attempts: 2, Due: now.Add(-time.Minute), Detail: "连不上对方"}, time.Time{}, "即将再发：连不上对方", "next try is due: 连不上对方"},
	} {
		for lang, want := range map[string]string{"zh": c.zh, "en": c.en} {
			cfg, err := ParseConfig("t", []byte("lang: "+lang+"\ntopics:\n  - {id: water, title: 自来水, any: [自来水]}\nchannels:\n  - {name: one, log: {}}\n"))
			if err != nil {
				t.Fatal(err)
			}
			if got := Stands(&c.row, c.rests, cfg, now); !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", c.row.State, got, want)
			}
		}
	}
}
