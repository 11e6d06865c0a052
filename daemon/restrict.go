package daemon

import (
	"errors"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// nameless is what an incident is called where its name may not stand.
func (d *Daemon) nameless() string {
	return d.prefer("一起限制知悉的事件", "A restricted incident")
}

// veil takes the names of restricted incidents out of a digest for a channel that may
// not carry them. What a digest says was gathered when they may not have been restricted.
func (d *Daemon) veil(tx *store.Tx, ch *Channel, a *crisis.Alert) error {
	if ch.Restricted {
		return nil
	}
	for i := range a.Digest {
		told := &a.Digest[i]
		in, _, err := tx.Incident(told.Incident)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if len(in.Restricted) > 0 {
			told.Title = d.nameless()
		}
	}
	return nil
}
