package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// longestSilence is for how long people may want quiet at a time: what must stay quiet
// longer is a matter of the configuration.
const longestSilence = 7 * 24 * time.Hour

// Silence keeps alerts of an incident, of a topic or on a channel from ringing until an
// end, for a reason that the ledger shows. Levels I and II, red lines and calls for help
// ring all the same.
func (d *Daemon) Silence(ctx context.Context, s store.Silence) error {
	s.Since = d.clock.Now()
	s.Reason = strings.TrimSpace(s.Reason)
	switch {
	case s.By == "":
		return fmt.Errorf("%w: say who wants quiet", crisis.ErrRefused)
	case s.Reason == "":
		return fmt.Errorf("%w: a silence needs a reason", crisis.ErrRefused)
	case !s.Until.After(s.Since) || s.Until.Sub(s.Since) > longestSilence:
		return fmt.Errorf("%w: a silence ends within seven days from now", crisis.ErrRefused)
	case s.Incident == "" && s.Topic == "" && s.Channel == "":
		return fmt.Errorf("%w: say which incident, topic or channel is to be silent", crisis.ErrRefused)
	case s.Channel != "" && d.wakes[s.Channel] == nil:
		return fmt.Errorf("%w: there is no channel %q", crisis.ErrRefused, s.Channel)
	}
	return d.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.AddSilence(s); err != nil {
			return err
		}
		until := s.Until.In(d.cfg.Zoned()).Format("01-02 15:04")
		return d.remark(tx, s, s.By, d.prefer("静默提醒至"+until+"："+s.Reason, "Silenced until "+until+": "+s.Reason))
	})
}

// Unsilence ends a silence early; what it held is looked at anew.
func (d *Daemon) Unsilence(ctx context.Context, id int64, by string) error {
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		s, err := tx.EndSilence(id, d.clock.Now())
		if err != nil {
			return err
		}
		return d.remark(tx, s, by, d.prefer("提前结束静默", "Ended the silence"))
	})
	if err != nil {
		return fmt.Errorf("end silence %d: %w", id, err)
	}
	d.wake()
	return nil
}

// remark writes about a silence into the timeline of its incident.
func (d *Daemon) remark(tx *store.Tx, s store.Silence, by, text string) error {
	if s.Incident == "" {
		return nil
	}
	now := d.clock.Now()
	if _, _, err := tx.Incident(s.Incident); err != nil {
		return err
	}
	_, err := tx.Append(s.Incident, now, crisis.NewEvent(crisis.EventNote, now, by, crisis.Remark{Text: text}))
	return err
}
