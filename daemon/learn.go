package daemon

import (
	"context"
	"fmt"
	"time"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// portion is how many posts of the past are stored in one transaction.
const portion = 2000

// Learn stores posts of the past, in order of time, as if they had been watched
// all along, and remembers them: baselines know them, nobody is told of them. It
// is meant for a daemon that does not run yet.
func (d *Daemon) Learn(ctx context.Context, posts []crisis.Post) error {
	for len(posts) > 0 {
		n := min(portion, len(posts))
		in := delivery{source: &Source{}, harvest: crawlers.Harvest{Posts: posts[:n]}, cover: crisis.Coverage{At: d.clock.Now(), Class: crisis.ClassOK}, past: true}
		if _, err := d.ingest(ctx, in); err != nil {
			return fmt.Errorf("learn the past: %w", err)
		}
		posts = posts[n:]
	}
	now := d.clock.Now().UTC().Truncate(time.Minute)
	err := d.store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingMinute, now.Format(time.RFC3339)) })
	if err != nil {
		return fmt.Errorf("learn the past: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.remember(ctx, now)
}
