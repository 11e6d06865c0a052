package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"watchfire/daemon"
	"watchfire/daemon/store"
	"watchfire/detectors/reading"
)

type moodCorrectCmd struct {
	Label  string `arg:"" help:"What the text should be read as: angry, fear, happy, neutral, sad, surprise, neg or pos."`
	Text   string `arg:"" help:"The text."`
	By     string `help:"Who says so." default:"command line"`
	Config string `help:"Configuration file." short:"c" default:"watchfire.yaml" type:"path"`
}

// Run stores a correction for the next training.
func (c *moodCorrectCmd) Run(ctx context.Context) error {
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	err = withStore(cfg, func(s *store.Store) error {
		return daemon.Correct(ctx, s, store.Correction{Text: c.Text, Label: c.Label, By: c.By, At: time.Now()})
	})
	if errors.Is(err, daemon.ErrLabel) {
		return usageError{err}
	}
	return err
}

// readCorrections returns the corrections in the store as examples.
func readCorrections(ctx context.Context, cfg *daemon.Config) ([]reading.Example, error) {
	var out []reading.Example
	err := withStore(cfg, func(s *store.Store) error {
		return s.View(ctx, func(tx *store.Tx) error {
			list, err := tx.Corrections()
			for _, c := range list {
				out = append(out, reading.Example{Text: c.Text, Label: c.Label, Set: reading.Corrections})
			}
			return err
		})
	})
	return out, err
}

// withStore calls f with the store of a configuration, which must exist.
func withStore(cfg *daemon.Config, f func(*store.Store) error) error {
	path := filepath.Join(cfg.Data, "watchfire.db")
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("find the store: %w", err)
	}
	s, err := store.Open(path)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	return errors.Join(f(s), s.Close())
}
