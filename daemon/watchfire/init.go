package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"watchfire/daemon"
)

type initCmd struct {
	File string `arg:"" optional:"" default:"watchfire.yaml" help:"Where to write it." type:"path"`
}

// Run writes a commented configuration; a file that exists is left alone.
func (c *initCmd) Run() error {
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already; name another file or move it away", c.File)
	}
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if _, err := f.WriteString(daemon.Sample); err != nil {
		return errors.Join(fmt.Errorf("write the configuration: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	fmt.Fprintf(stdout, "Wrote %s. Edit sources, topics and channels, then:\n  watchfire check -c %s\n  watchfire run -c %s\n", c.File, c.File, c.File)
	return nil
}
