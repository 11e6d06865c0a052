package daemon

import (
	"context"
	"fmt"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// purge deletes what has been kept for as long as the configuration says, and writes
// down in the journal that it did.
func (d *Daemon) purge(ctx context.Context) error {
	now := d.clock.Now()
	if err := d.store.PurgeEchoes(ctx, now.Add(-echoKept)); err != nil {
		return err
	}
	if err := d.store.PurgeGiven(ctx, now.Add(-givenKept)); err != nil {
		return err
	}
	if keep := d.cfg.Keep.Posts; keep > 0 {
		n, err := d.store.Purge(ctx, now.Add(-keep))
		if err := d.purged(ctx, crisis.Purged{Posts: n, Before: now.Add(-keep).UTC()}, now); err != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("purge posts: %w", err)
		}
	}
	if keep := d.cfg.Keep.Audit; keep > 0 {
		if _, err := d.store.PurgeAudit(ctx, now.Add(-keep), now); err != nil {
			return err
		}
	}
	if keep := d.cfg.Keep.Evidence; keep > 0 {
		n, err := d.store.PurgeExhibits(ctx, now.Add(-keep))
		if err != nil {
			return err
		}
		return d.purged(ctx, crisis.Purged{Evidence: n, Before: now.Add(-keep).UTC()}, now)
	}
	return nil
}

// purged writes down a purge that deleted something.
func (d *Daemon) purged(ctx context.Context, p crisis.Purged, now time.Time) error {
	if p.Posts+p.Evidence == 0 {
		return nil
	}
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		return tx.Journal(now, crisis.NewEvent(crisis.EventPurged, now, crisis.Machine, p))
	})
	if err != nil {
		return fmt.Errorf("note the purge: %w", err)
	}
	return nil
}
