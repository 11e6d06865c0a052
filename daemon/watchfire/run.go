package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"go.uber.org/zap"

	"watchfire/daemon"
)

type runCmd struct {
	Config string `help:"Configuration file." short:"c" default:"watchfire.yaml" type:"path"`

	options []daemon.Option // how the daemon differs from the ordinary one
}

// Run runs the daemon until it is told to stop.
func (c *runCmd) Run(ctx context.Context, log *zap.Logger) error {
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen for the console: %w; end the program that listens there or change listen in %s", err, c.Config)
	}
	d, err := daemon.New(ctx, cfg, log, c.options...)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	password, err := d.FirstPassword(ctx)
	if err != nil {
		return errors.Join(err, l.Close(), d.Close())
	}
	if password != "" {
		fmt.Printf("Console: %s\nFirst log-in: user admin, one-time password %s\n", d.ConsoleURL(l.Addr()), password)
	}
	return errors.Join(d.Run(ctx, l), d.Close())
}
