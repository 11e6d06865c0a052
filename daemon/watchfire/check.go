package main

import (
	"context"
	"encoding/json"
	"fmt"

	"watchfire/daemon"
)

type checkCmd struct {
	Config string `help:"Configuration file." short:"c" default:"watchfire.yaml" type:"path"`
	Send   bool   `help:"Also send a test message on every channel."`
	JSON   bool   `help:"Print JSON." name:"json"`
}

// Run checks everything that can be checked without starting the daemon.
func (c *checkCmd) Run(ctx context.Context) error {
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil && !c.JSON {
		return err
	}
	var findings []daemon.Finding
	if err != nil {
		findings = []daemon.Finding{{What: "configuration", Detail: err.Error()}}
	} else {
		findings = daemon.Examine(ctx, cfg, c.Send)
	}
	failed := 0
	for _, f := range findings {
		if !f.OK {
			failed++
		}
		if !c.JSON {
			mark := "ok  "
			if f.Warn {
				mark = "warn"
			}
			if !f.OK {
				mark = "FAIL"
			}
			fmt.Fprintf(stdout, "%s  %-28s %s\n", mark, f.What, f.Detail)
		}
	}
	if c.JSON {
		if err := json.NewEncoder(stdout).Encode(findings); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%s: %d of %d checks failed", c.Config, failed, len(findings))
	}
	return nil
}
