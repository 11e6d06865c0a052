package daemon

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

const (
	// deafAfter is for how long clicks may go unheard before people are told. Who
	// clicks meanwhile is told by the provider.
	deafAfter = 10 * time.Minute
	// mended is how long a listener rests after it was refused: a person may mend it
	// with the provider, without a word to us.
	mended = 5 * time.Minute
	// slowest is how long it rests after anything else, at most.
	slowest = 30 * time.Second
)

// listenLoop hears the clicks on a channel's messages for as long as the daemon runs.
func (d *Daemon) listenLoop(ctx context.Context, ch *Channel, l alerts.Listener) {
	e := ear{d: d, ch: ch}
	hear := func(ctx context.Context, c alerts.Click) (string, error) { return d.Press(ctx, ch, c) }
	note := func(err error) { e.note(ctx, err) }
	supervise(ctx, func() error { return l.Listen(ctx, d.cfg.Lang, hear, note) }, note)
}

// supervise keeps a listener listening until ctx ends or it has nothing to listen to. It
// rests between two spells: the longer the more of them were short, and long after a
// refusal, which is not worth trying soon.
func supervise(ctx context.Context, listen func() error, failed func(error)) {
	wait := time.Second
	for ctx.Err() == nil {
		begun := time.Now()
		err := listen()
		if err == nil || ctx.Err() != nil {
			return
		}
		failed(err)
		if time.Since(begun) > time.Minute {
			wait = time.Second
		}
		rest := wait
		if errors.Is(err, alerts.ErrRefused) {
			rest = mended
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
		wait = min(2*wait, slowest)
	}
}

// ear knows whether the clicks of a channel are heard.
type ear struct {
	d  *Daemon
	ch *Channel

	mu    sync.Mutex // guards since
	since time.Time  // since when they are not; zero while they are
}

// note takes in what a listener says of itself, and tells people when they click in vain.
func (e *ear) note(ctx context.Context, err error) {
	d, now := e.d, e.d.clock.Now()
	if err != nil && ctx.Err() == nil {
		d.log.Warn("listen", zap.String("channel", e.ch.Name), zap.Error(err))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var told error
	var refused *alerts.Refused
	switch {
	case err == nil:
		if !e.since.IsZero() {
			told = d.hasten(ctx, e.ch, now)
		}
		e.since = time.Time{}
		told = errors.Join(told, d.hears(ctx, e.ch, now))
	case errors.As(err, &refused):
		told = d.deaf(ctx, e.ch, err, refused.Fix, now)
	case errors.Is(err, alerts.ErrDeaf):
		if e.since.IsZero() {
			e.since = now
		}
		if now.Sub(e.since) >= deafAfter {
			told = d.deaf(ctx, e.ch, err, "", now)
		}
	}
	if told != nil && ctx.Err() == nil {
		d.log.Error("tell that clicks are not heard", zap.String("channel", e.ch.Name), zap.Error(told))
	}
}

// deaf tells people that clicks on a channel's messages do nothing, once a day. The
// channel itself still delivers, so its readers are told too.
func (d *Daemon) deaf(ctx context.Context, ch *Channel, cause error, fix string, now time.Time) error {
	return d.tellOfButtons(ctx, func(tx *store.Tx) (bool, error) {
		told, err := timeSetting(tx, settingDeaf+ch.Name)
		if err != nil || !told.IsZero() && now.Sub(told) < 24*time.Hour {
			return false, err
		}
		if err := tx.SetSetting(settingDeaf+ch.Name, now.UTC().Format(time.RFC3339Nano)); err != nil {
			return false, err
		}
		return true, d.tellAll(tx, crisis.AlertBlind, crisis.Trouble{
			Part: crisis.PartButtons, Name: ch.Name, Source: ch.Name, Since: now, Detail: cause.Error(), Fix: fix,
		}, now)
	})
}

// hears tells people that their clicks are heard again, if they were told otherwise.
func (d *Daemon) hears(ctx context.Context, ch *Channel, now time.Time) error {
	return d.tellOfButtons(ctx, func(tx *store.Tx) (bool, error) {
		told, err := timeSetting(tx, settingDeaf+ch.Name)
		if err != nil || told.IsZero() {
			return false, err
		}
		if err := tx.SetSetting(settingDeaf+ch.Name, ""); err != nil {
			return false, err
		}
		return true, d.tellAll(tx, crisis.AlertSight, crisis.Trouble{Part: crisis.PartButtons, Name: ch.Name, Source: ch.Name, Since: told}, now)
	})
}

// hasten tries at once what waits on a channel: a provider to whom a connection stands
// again takes messages, and people see there what has been done meanwhile. One that asked
// for patience is left alone all the same.
func (d *Daemon) hasten(ctx context.Context, ch *Channel, now time.Time) error {
	return d.tellOfButtons(ctx, func(tx *store.Tx) (bool, error) { return true, tx.Hasten(ch.Name, now) })
}

func (d *Daemon) tellOfButtons(ctx context.Context, f func(tx *store.Tx) (bool, error)) error {
	told := false
	err := d.store.Update(ctx, func(tx *store.Tx) (err error) {
		told, err = f(tx)
		return err
	})
	if err == nil && told {
		d.wake()
	}
	return err
}
