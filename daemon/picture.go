package daemon

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// sitting is the longest that an alert waits for its picture.
const sitting = 5 * time.Second

// pictured are the kinds of alerts that speak of how much is said.
var pictured = map[crisis.AlertKind]bool{
	crisis.AlertOpened: true, crisis.AlertRaised: true, crisis.AlertEscalated: true, crisis.AlertLapsed: true,
	crisis.AlertQuiet: true, crisis.AlertClosed: true, crisis.AlertReopened: true,
}

// artist draws pictures for alerts: one at a time, and none for longer than patience.
type artist struct {
	draw     func(ctx context.Context, incident, lang string) (crisis.Picture, error)
	patience time.Duration
	easel    chan struct{} // full while one is drawn, also one for which nobody waits any more
}

func newArtist(draw func(ctx context.Context, incident, lang string) (crisis.Picture, error)) *artist {
	return &artist{draw: draw, patience: sitting, easel: make(chan struct{}, 1)}
}

// picture draws the course of an incident. Whatever becomes of it, it comes back in time.
func (a *artist) picture(ctx context.Context, incident, lang string) (*crisis.Picture, error) {
	ctx, cancel := context.WithTimeout(ctx, a.patience)
	defer cancel()
	select {
	case a.easel <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for another picture: %w", ctx.Err())
	}
	type result struct {
		picture crisis.Picture
		err     error
	}
	out := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil { // an alert does not die of its picture
				r.err = fmt.Errorf("panic: %v", p)
			}
			<-a.easel
			out <- r
		}()
		r.picture, r.err = a.draw(ctx, incident, lang)
	}()
	select {
	case r := <-out:
		if r.err != nil {
			return nil, r.err
		}
		return &r.picture, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// illustrate draws the picture of an alert for a channel that shows one. An alert that
// withholds what it is about has none, and one whose picture fails goes without.
func (d *Daemon) illustrate(ctx context.Context, ch *Channel, o *store.Outgoing) *crisis.Picture {
	i, ok := ch.Sender.(alerts.Illustrated)
	if !ok || !i.Illustrates() || o.Incident == "" || o.Alert.Restricted || !pictured[o.Alert.Kind] {
		return nil
	}
	p, err := d.artist.picture(ctx, o.Incident, o.Alert.Lang)
	if err != nil {
		d.log.Warn("draw the picture of an alert", zap.String("alert", o.ID), zap.Error(err))
	}
	return p
}
