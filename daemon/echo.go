package daemon

import (
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

const (
	// echoAfter is how old a text must be that a copy of it is old news.
	echoAfter = 30 * 24 * time.Hour
	// echoKept is how long texts are known again by their keys.
	echoKept = 3 * 365 * 24 * time.Hour
	// echoLeast is how many of the keys of a text its copy shares at least: six of ten
	// are texts of which six in seven characters are the same (see reading.Sketch). What
	// people complain of in like words every month shares fewer.
	echoLeast = 6
)

// echoes marks posts about harm of which a copy was published long ago as old news,
// and remembers those that say something new.
func (d *Daemon) echoes(tx *store.Tx, posts []crisis.Post, readings []understood, fresh []bool) error {
	for i := range posts {
		p, rd := &posts[i], &readings[i].Reading
		keys := readings[i].Sketch.Keys()
		if !fresh[i] || rd.Harm == 0 || len(rd.Topics) == 0 || len(keys) == 0 {
			continue
		}
		first, err := tx.Echoed(keys, echoLeast)
		if err != nil {
			return err
		}
		switch {
		case first.IsZero():
			err = tx.Echo(keys, p.Published)
		case p.Published.Sub(first) >= echoAfter && !d.room.ours[p.Source] && !slices.Contains(rd.Claims, crisis.ClaimOld):
			rd.Claims = append(rd.Claims, crisis.ClaimOld)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
