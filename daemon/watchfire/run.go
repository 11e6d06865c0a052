package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"

	"watchfire/daemon"
)

type runCmd struct {
	Config string `help:"Configuration file." short:"c" default:"watchfire.yaml" type:"path"`

	options []daemon.Option // how the daemon differs from the ordinary one
}

// Run runs the daemon until it is told to stop. On SIGHUP it reads its
// configuration, playbooks and models anew and goes on under them; if they are
// wrong it says so and goes on as before.
func (c *runCmd) Run(ctx context.Context, log *zap.Logger) error {
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	anew := make(chan os.Signal, 1)
	signal.Notify(anew, syscall.SIGHUP)
	defer signal.Stop(anew)
	for {
		next, err := c.serve(ctx, log, cfg, anew)
		if err != nil || next == nil {
			return err
		}
		cfg = next
	}
}

// serve runs one daemon until ctx ends, or until it is told to begin anew: then it
// returns the configuration to begin with.
func (c *runCmd) serve(ctx context.Context, log *zap.Logger, cfg *daemon.Config, anew <-chan os.Signal) (next *daemon.Config, err error) {
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for the console: %w; end the program that listens there or change listen in %s", err, c.Config)
	}
	d, err := daemon.New(ctx, cfg, log, append(ownTime(), c.options...)...)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	password, err := d.FirstPassword(ctx)
	if err != nil {
		return nil, errors.Join(err, l.Close(), d.Close())
	}
	if password != "" {
		fmt.Fprintf(stdout, "Console: %s\nFirst log-in: user admin, one-time password %s\n", d.ConsoleURL(l.Addr()), password)
	}
	running, end := context.WithCancelCause(ctx)
	defer end(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if next = c.await(running, log, anew); next != nil {
			end(daemon.ErrReload)
		}
	}()
	err = d.Run(running, l)
	end(nil)
	<-watched
	return next, errors.Join(err, d.Close())
}

// await returns a new configuration as soon as one is asked for and found right;
// nil when ctx ends before.
func (c *runCmd) await(ctx context.Context, log *zap.Logger, anew <-chan os.Signal) *daemon.Config {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-anew:
		}
		cfg, err := daemon.LoadConfig(c.Config)
		if err == nil {
			err = daemon.Fault(ctx, cfg)
		}
		if err == nil {
			log.Info("reloading", zap.String("config", c.Config))
			return cfg
		}
		log.Error("reload refused, going on as before", zap.Error(err))
	}
}
