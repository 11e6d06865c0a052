package daemon

import (
	"errors"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/console"
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

// seenBy says whether a person of the roster may see an incident, under the own name or
// the one of the log-in.
func seenBy(tx *store.Tx, in *crisis.Incident, person string, now time.Time) (bool, error) {
	if in.SeenBy(person) {
		return true, nil
	}
	login, _, err := console.Acting(tx, person, now)
	return login != "" && in.SeenBy(login), err
}
