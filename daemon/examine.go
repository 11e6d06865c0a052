package daemon

import (
	"context"
	_ "embed" // Sample
	"errors"
	"fmt"
	"time"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// Sample is the commented configuration that `watchfire init` writes.
//
//go:embed sample.yaml
var Sample string

// byCheck is the actor of what a check sets off.
const byCheck = "watchfire check"

// Finding is one thing that was checked.
type Finding struct {
	What   string `json:"what"`
	OK     bool   `json:"ok"`
	Warn   bool   `json:"warn,omitempty"` // it works, and a person should look at it
	Detail string `json:"detail"`
}

// Fault returns what is wrong with a configuration that can be read, nil for nothing.
// It asks no channel.
func Fault(ctx context.Context, cfg *Config) error {
	var errs []error
	for _, f := range Examine(ctx, cfg, false) {
		if !f.OK {
			errs = append(errs, fmt.Errorf("%s: %s", f.What, f.Detail))
		}
	}
	return errors.Join(errs...)
}

// Examine checks what a configuration needs beside being well written: the rules
// compile, the playbooks load, every topic has a plan; and, if asked, that every
// channel delivers a test message.
func Examine(ctx context.Context, cfg *Config, send bool) []Finding {
	var out []Finding
	add := func(what string, err error, detail string, args ...any) {
		f := Finding{What: what, OK: err == nil, Detail: fmt.Sprintf(detail, args...)}
		if err != nil {
			f.Detail = err.Error()
		}
		out = append(out, f)
	}
	add("configuration", nil, "%d sources, %d topics, %d channels", len(cfg.Sources), len(cfg.Topics), len(cfg.Channels))
	_, err := NewReader(cfg)
	add("topics", err, "%d topics compile", len(cfg.Topics))
	library, err := loadPlaybooks(cfg.Playbooks)
	if err != nil {
		err = cfg.places.at(err, "playbooks")
	} else {
		var ids []string
		for _, p := range library.Playbooks() {
			ids = append(ids, p.ID)
		}
		err = errors.Join(cfg.checkPlaybooks(ids), cfg.checkPlatforms(library.Platforms()))
	}
	add("playbooks", err, "loaded")
	if err == nil {
		out = append(out, staffed(cfg, library))
		for _, t := range cfg.Topics {
			m := library.Match(playbooks.Query{Topic: t, Level: crisis.LevelIV})
			add("plan of "+t.ID, nil, "%s", library.Plan(m[0]).Title)
		}
	}
	if send {
		for i := range cfg.Channels {
			ch := &cfg.Channels[i]
			receipt, err := ch.Sender.Send(ctx, testAlert(cfg, ch.Name, time.Now()))
			add("channel "+ch.Name, err, "test message sent %s", receipt.Detail)
			if err == nil {
				if n, err := ResendRefused(ctx, cfg, ch.Name, byCheck); err != nil || n > 0 {
					add("refused by "+ch.Name, err, "sent again, alerts of open incidents: %d", n)
				}
			}
		}
	}
	return out
}

// testAlert asks whether a channel works.
func testAlert(cfg *Config, channel string, now time.Time) crisis.Alert {
	return crisis.Alert{
		ID: "test." + now.UTC().Format("20060102T150405") + "." + channel, Kind: crisis.AlertTest,
		Lang: cfg.Lang, Zone: cfg.Zone, At: now.UTC(), Org: cfg.Org, Title: channel, Link: cfg.URL,
	}
}
