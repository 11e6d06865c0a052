package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.uber.org/zap"

	"watchfire/daemon"
)

type replayCmd struct {
	Files  []string `arg:"" name:"file" help:"Posts as JSON lines, plain or gz, in any order of files." type:"path"`
	Config string   `help:"Configuration with topics and detectors; without it topics come from the posts." short:"c" type:"path"`
	JSON   bool     `help:"Print one JSON object a line." name:"json"`
}

// Run replays the posts and prints what would have happened, in order of time.
func (c *replayCmd) Run(ctx context.Context, log *zap.Logger) error {
	cfg := daemon.DefaultConfig()
	if c.Config != "" {
		var err error
		if cfg, err = daemon.LoadConfig(c.Config); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	bar := newProgress()
	defer bar.clear()
	live := isTerminal(os.Stdout)
	var failed error
	err := daemon.Replay(ctx, cfg, log.WithOptions(zap.IncreaseLevel(zap.WarnLevel)), c.Files, func(o daemon.Occurrence) {
		if failed != nil {
			return
		}
		if live {
			bar.clear()
			defer out.Flush() //nolint:errcheck // a later write says so again
		}
		if c.JSON {
			failed = enc.Encode(o)
			return
		}
		_, failed = fmt.Fprintf(out, "%s  %-16s %-14s %-6s %-3s %8.1f seen, %8.1f usual, score %5.2f  %s\n",
			o.At.In(cfg.Zoned()).Format("2006-01-02 15:04"), o.Kind, o.Topic, o.Detector, o.Level, o.Observed, o.Expected, o.Score,
			strings.TrimSpace(o.Incident+" "+strings.Join(o.Phrases, " / ")))
	}, bar.show)
	if err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("print: %w", failed)
	}
	return out.Flush()
}
