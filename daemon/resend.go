package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Resend puts an alert that was refused or given up on its way again, in
// somebody's name and under its old id.
func (d *Daemon) Resend(ctx context.Context, incident, alert, by string) error {
	now := d.clock.Now()
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.Undelivered(alert)
		if err != nil {
			return err
		}
		if u.Incident != incident {
			return store.ErrNotFound
		}
		if _, there := d.wakes[u.Channel]; !there {
			return fmt.Errorf("%w: there is no channel %s any more", crisis.ErrRefused, u.Channel)
		}
		return resend(tx, u, by, now)
	})
	if err != nil {
		return fmt.Errorf("send %s again: %w", alert, err)
	}
	d.wake()
	return nil
}

// ResendOne makes an alert due again that was refused or given up; the daemon that owns
// the store sends it.
func ResendOne(ctx context.Context, s *store.Store, alert, by string, now time.Time) error {
	err := s.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.Undelivered(alert)
		if err != nil {
			return err
		}
		return resend(tx, u, by, now)
	})
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("send %s again: no alert with this id was refused or given up; watchfire ledger --state refused lists them", alert)
	}
	if err != nil {
		return fmt.Errorf("send %s again: %w", alert, err)
	}
	return nil
}

// resend makes an alert due again and says so in the timeline.
func resend(tx *store.Tx, u store.Undelivered, by string, now time.Time) error {
	if err := tx.Resend(u.ID, now); err != nil || u.Incident == "" {
		return err
	}
	_, err := tx.Append(u.Incident, now, crisis.NewEvent(crisis.EventAlertResent, now, by,
		crisis.Delivery{Alert: u.ID, Kind: u.Kind, Channel: u.Channel}))
	return err
}

// resendAll makes due again what a channel has refused of open incidents.
func resendAll(tx *store.Tx, channel, by string, now time.Time) (int, error) {
	all, err := tx.RefusedOf(channel)
	if err != nil {
		return 0, err
	}
	for _, u := range all {
		if err := resend(tx, u, by, now); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// mend sends again what was refused by channels that are set up otherwise than at
// the last start: somebody has changed what was wrong.
func (d *Daemon) mend(ctx context.Context) error {
	return d.store.Update(ctx, func(tx *store.Tx) error {
		for i := range d.cfg.Channels {
			ch := &d.cfg.Channels[i]
			if ch.print == "" {
				continue
			}
			known, err := tx.Setting(settingChannel + ch.Name)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if known == ch.print {
				continue
			}
			if err := tx.SetSetting(settingChannel+ch.Name, ch.print); err != nil {
				return err
			}
			if known == "" {
				continue // we do not know how it was set up before
			}
			if _, err := resendAll(tx, ch.Name, crisis.Machine, d.clock.Now()); err != nil {
				return fmt.Errorf("send again on %s: %w", ch.Name, err)
			}
		}
		return nil
	})
}

// printOf is what tells one set-up of a channel from another. It cannot be turned
// back into the secrets in it.
func printOf(settings string) string {
	sum := sha256.Sum256([]byte(settings))
	return hex.EncodeToString(sum[:8])
}

// ResendRefused makes due again what a channel, just seen to work, has refused of
// open incidents, and says how many those are. The daemon that owns the store
// sends them. A store that is not there, or of another schema, is left alone.
func ResendRefused(ctx context.Context, cfg *Config, channel, by string) (n int, err error) {
	path := filepath.Join(cfg.Data, "watchfire.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if current, err := store.Current(ctx, path); err != nil || !current {
		return 0, err
	}
	s, err := store.Open(path)
	if err != nil {
		return 0, fmt.Errorf("open the store: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = s.Update(ctx, func(tx *store.Tx) error {
		n, err = resendAll(tx, channel, by, time.Now())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("send again on %s: %w", channel, err)
	}
	return n, nil
}
