package daemon

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// unstored deals with a failed write. A full disk stops the intake of posts and
// tells people at once, on every channel and past the outbox, because the outbox
// lies on the same disk; what was acknowledged before is in the store.
func (d *Daemon) unstored(ctx context.Context, err error) error {
	if !errors.Is(err, store.ErrFull) || d.full.Swap(true) {
		return err
	}
	d.log.Error("the disk is full: posts are not taken in", zap.String("path", d.store.Path()), zap.Error(err))
	d.shout(ctx, crisis.AlertBlind, crisis.Trouble{
		Source: "store", Since: d.clock.Now(), Detail: "the disk that holds " + d.store.Path() + " is full; no posts are taken in",
		Fix: "free space on that disk or move the data folder; Watchfire goes on by itself",
	})
	return err
}

// shout sends trouble straight to every channel. A channel that fails is logged:
// there is no place left to queue the alert.
func (d *Daemon) shout(ctx context.Context, kind crisis.AlertKind, t crisis.Trouble) {
	now := d.clock.Now()
	for i := range d.cfg.Channels {
		ch := &d.cfg.Channels[i]
		a := crisis.Alert{
			ID: string(kind) + ".store." + now.UTC().Format("20060102T150405") + "." + ch.Name, Kind: kind, Lang: d.cfg.Lang, Zone: d.cfg.Zone,
			At: now.UTC(), Org: d.cfg.Org, Title: t.Source, Since: t.Since, Trouble: &t, Link: d.cfg.URL,
		}
		once, cancel := context.WithTimeout(ctx, 30*time.Second)
		if _, err := ch.Sender.Send(once, a); err != nil {
			d.log.Error("tell people that the disk is full", zap.String("channel", ch.Name), zap.Error(err))
		}
		cancel()
	}
}

// breathe looks whether a full disk has room again, and says so.
func (d *Daemon) breathe(ctx context.Context) {
	if !d.full.Load() || d.store.Probe(ctx) != nil {
		return
	}
	d.full.Store(false)
	d.log.Info("the disk has room again: posts are taken in")
	d.shout(ctx, crisis.AlertSight, crisis.Trouble{Source: "store"})
}
