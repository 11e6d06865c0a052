package daemon

import (
	"context"
	"errors"
	"sync"
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
	d.fullSince.Store(d.clock.Now().Unix())
	d.shout(ctx, crisis.AlertBlind, crisis.Trouble{
		Part: crisis.PartStore, Name: "store", Source: "store", Since: d.clock.Now(), Detail: d.store.Path(),
	})
	return err
}

// shout sends trouble straight to every channel, to all at once, so that one that
// hangs keeps no other waiting. A channel that fails is logged: there is no place
// left to queue the alert.
func (d *Daemon) shout(ctx context.Context, kind crisis.AlertKind, x crisis.Trouble) {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	var wg sync.WaitGroup
	for i := range d.cfg.Channels {
		ch := &d.cfg.Channels[i]
		wg.Go(func() {
			if _, err := ch.Sender.Send(ctx, d.trouble(kind, x, d.clock.Now(), ch.Name)); err != nil {
				d.log.Error("tell people of the disk", zap.String("channel", ch.Name), zap.Error(err))
			}
		})
	}
	wg.Wait()
}

// breathe looks whether a full disk has room again, and says so.
func (d *Daemon) breathe(ctx context.Context) {
	if !d.full.Load() || d.store.Probe(ctx) != nil {
		return
	}
	d.full.Store(false)
	d.log.Info("the disk has room again: posts are taken in")
	d.shout(ctx, crisis.AlertSight, crisis.Trouble{
		Part: crisis.PartStore, Name: "store", Source: "store", Since: time.Unix(d.fullSince.Load(), 0).UTC(),
	})
}
