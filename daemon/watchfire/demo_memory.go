package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"watchfire/daemon"
)

// memory is what a demo leaves in its folder beside the database, so that the next
// one goes on in the same town, with its sites where its posts point to.
type memory struct {
	Seed   uint64            `json:"seed"`
	Days   int               `json:"days"`
	Sites  map[string]string `json:"sites"`
	Minute time.Time         `json:"-"` // the last minute that was judged; zero: there is nothing to go on from
}

func memoryPath(dir string) string { return filepath.Join(dir, "town.json") }

// keep writes the memory, before the past is learnt: a demo that is stopped while
// it learns goes on learning in the same town.
func keep(dir string, m memory) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(memoryPath(dir), append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("remember the town: %w", err)
	}
	return nil
}

// recall finds out where an earlier demo in the same folder stopped. A database
// without a memory is no demo's, and is left alone.
func recall(ctx context.Context, dir string) (memory, error) {
	var m memory
	db := filepath.Join(dir, "watchfire.db")
	b, err := os.ReadFile(memoryPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(db); err == nil {
			return m, fmt.Errorf("%s holds a database that is not a demo's; choose another folder with --data", dir)
		}
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err == nil {
		m.Minute, err = daemon.LastMinute(ctx, db)
	}
	if err != nil {
		return m, fmt.Errorf("recall the town: %w", err)
	}
	return m, nil
}
