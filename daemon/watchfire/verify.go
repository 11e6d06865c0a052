package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"watchfire/daemon"
	"watchfire/daemon/store"
)

type verifyCmd struct {
	Config string `help:"Configuration file." short:"c" default:"watchfire.yaml" type:"path"`
	Data   string `help:"Data folder, instead of the one in the configuration." type:"path"`
	JSON   bool   `help:"Print JSON." name:"json"`
}

// Run checks the database and every hash chain, and names the first broken link.
func (c *verifyCmd) Run(ctx context.Context) error {
	dir := c.Data
	if dir == "" {
		cfg, err := daemon.LoadConfig(c.Config)
		if err != nil {
			return err
		}
		dir = cfg.Data
	}
	path := filepath.Join(dir, "watchfire.db")
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("find the store: %w; name its folder with --data", err)
	}
	s, err := store.Open(path)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	err = errors.Join(s.Verify(ctx), s.Close())
	if c.JSON {
		answer := struct {
			OK    bool   `json:"ok"`
			Store string `json:"store"`
			Error string `json:"error,omitempty"`
		}{OK: err == nil, Store: path}
		if err != nil {
			answer.Error = err.Error()
		}
		if e := json.NewEncoder(stdout).Encode(answer); e != nil {
			return e
		}
		return err
	}
	if err == nil {
		fmt.Fprintf(stdout, "%s: the database is sound and every chain of events is unbroken\n", path)
	}
	return err
}
