package daemon

import (
	"context"
	"fmt"
	"time"

	"watchfire/daemon/store"
)

// Rests returns until when channels are left alone, by name, because their provider asked
// for patience.
func Rests(ctx context.Context, s *store.Store, cfg *Config, now time.Time) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := s.View(ctx, func(tx *store.Tx) error {
		for i := range cfg.Channels {
			name := cfg.Channels[i].Name
			until, err := timeSetting(tx, settingHeld+name)
			if err != nil {
				return err
			}
			if until.After(now) {
				out[name] = until
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read which channels rest: %w", err)
	}
	return out, nil
}

// Stands says in one sentence how an alert of the ledger stands: why it waits and until
// when, or what a person must change. Rests is until when its channel is left alone.
func Stands(r *store.LedgerRow, rests time.Time, cfg *Config, now time.Time) string {
	say := func(zh, en string, args ...any) string {
		if cfg.Lang == "en" {
			zh = en
		}
		return fmt.Sprintf(zh, args...)
	}
	clock := func(at time.Time) string { return at.In(cfg.Zoned()).Format("01-02 15:04:05") }
	switch {
	case r.State == store.StateDead:
		return say("72小时没有送达，已放弃：修好渠道后重发（%s）", "given up after 72 h: mend the channel, then resend (%s)", r.Detail)
	case r.Fix != "":
		return aside(r.Fix, r.Detail, cfg.Lang)
	case r.State == store.StateHeld:
		return say("静默至 %s：%s", "quiet until %s: %s", clock(r.Due), r.Detail)
	case r.State == store.StateSending:
		return say("正在发送，等对方应答", "on its way, the receiver has not answered yet")
	case r.State != store.StateWaiting:
		return r.Detail
	case rests.After(now) && r.Attempts == 0:
		return say("对方要求放慢，本渠道 %s 起再发，不必处理", "the receiver asks to slow down, the channel goes on at %s, nothing to do", clock(rests))
	case r.Attempts == 0 && r.Due.After(now):
		return say("%s 发送", "goes out at %s", clock(r.Due))
	case r.Attempts == 0:
		return say("排队待发，前面的告警发出后即发", "in line, goes out behind those before it")
	case r.Due.After(now):
		return say("%s 再发：%s", "next try at %s: %s", clock(r.Due), r.Detail)
	}
	return say("即将再发：%s", "next try is due: %s", r.Detail)
}

// aside puts the words of an error in brackets behind a sentence for people.
func aside(sentence, words, lang string) string {
	switch {
	case words == "" || sentence == "":
		return sentence + words
	case lang == "en":
		return sentence + " (" + words + ")"
	}
	return sentence + "（" + words + "）"
}
