package main

import (
	"context"
	"encoding/json"
	"fmt"

	"watchfire/daemon"
)

type sendTestCmd struct {
	Channels []string `arg:"" optional:"" help:"Channels to try; all of them if none is named."`
	Config   string   `help:"Configuration file." short:"c" default:"watchfire.yaml" type:"path"`
	JSON     bool     `help:"Print JSON." name:"json"`
}

// Run sends a test message on the channels and says for each whether it went through and
// what to change if it did not.
func (c *sendTestCmd) Run(ctx context.Context) error {
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	findings, err := daemon.SendTest(ctx, cfg, c.Channels)
	if err != nil {
		return usageError{err}
	}
	failed := 0
	for _, f := range findings {
		mark := "sent"
		if !f.OK {
			failed++
			mark = "FAIL"
		}
		if !c.JSON {
			fmt.Fprintf(stdout, "%s  %-24s %s\n", mark, f.What, f.Detail)
		}
	}
	if c.JSON {
		if err := json.NewEncoder(stdout).Encode(findings); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("send a test: %d of %d channels did not take it", failed, len(findings))
	}
	return nil
}
