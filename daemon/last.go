package daemon

import (
	"context"
	"errors"
	"time"

	"watchfire/daemon/store"
)

// LastMinute returns the last minute that a daemon with the database at path
// judged, the zero time if none.
func LastMinute(ctx context.Context, path string) (_ time.Time, err error) {
	s, err := store.Open(path)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return (&Daemon{store: s}).lastMinute(ctx)
}
