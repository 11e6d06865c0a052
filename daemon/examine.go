package daemon

import (
	"cmp"
	"context"
	_ "embed" // Sample
	"errors"
	"fmt"
	"slices"
	"time"

	"watchfire/alerts"
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
// channel delivers a test message, and hears clicks if it has buttons.
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
		if cfg.FAQ != "" {
			out = append(out, answers(cfg, library, time.Now()))
		}
	}
	out = append(out, cfg.unheard()...)
	out = append(out, cfg.unpushed()...)
	if send {
		for i := range cfg.Channels {
			out = append(out, try(ctx, cfg, &cfg.Channels[i])...)
			out = append(out, tryButtons(ctx, cfg, &cfg.Channels[i])...)
		}
	}
	return out
}

// answers examines the answers kept ready: whether they load, and which of them somebody
// has to renew.
func answers(cfg *Config, library *playbooks.Library, now time.Time) Finding {
	faq, err := loadFAQ(cfg.FAQ, library)
	if err != nil {
		return Finding{What: "answers", Detail: err.Error()}
	}
	f := Finding{What: "answers", OK: true, Detail: "loaded"}
	for _, lapse := range faq.Lapses(now.In(cmp.Or(cfg.Zoned(), time.UTC))) {
		f.Warn = true
		f.Detail += "; " + lapse.Place + ": " + lapse.What.In(cfg.Lang)
	}
	return f
}

// SendTest sends a test message on the named channels, on all if none is named.
func SendTest(ctx context.Context, cfg *Config, names []string) ([]Finding, error) {
	var out []Finding
	var known []string
	for i := range cfg.Channels {
		known = append(known, cfg.Channels[i].Name)
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			return nil, fmt.Errorf("there is no channel %q%s; the channels are %s", n, didYouMean(n, known), list(known))
		}
	}
	for i := range cfg.Channels {
		if ch := &cfg.Channels[i]; len(names) == 0 || slices.Contains(names, ch.Name) {
			out = append(out, try(ctx, cfg, ch)...)
		}
	}
	return out, nil
}

// try sends a test message on a channel. What the channel had refused before is sent
// again when it takes the message.
func try(ctx context.Context, cfg *Config, ch *Channel) []Finding {
	var receipt alerts.Receipt
	err := withBrowsers(ctx, cfg, ch, func() (err error) {
		receipt, err = ch.Sender.Send(ctx, testAlert(cfg, ch.Name, time.Now()))
		return err
	})
	if err != nil {
		told, words := alerts.Why(err, cfg.Lang), err.Error()
		var refused *alerts.Refused
		var later *alerts.Later
		switch {
		case errors.As(err, &refused):
			told = refused.Fix
		case errors.As(err, &later) && later.After > 0:
			words += ", wait " + later.After.Round(time.Second).String()
		}
		return []Finding{{What: "channel " + ch.Name, Detail: aside(told, words, cfg.Lang)}}
	}
	out := []Finding{{What: "channel " + ch.Name, OK: true, Detail: aside(playbooks.Text{ZH: "测试消息已发出，请到渠道里看是否收到", EN: "test message sent"}.In(cfg.Lang), receipt.Detail, cfg.Lang)}}
	n, err := ResendRefused(ctx, cfg, ch.Name, byCheck)
	switch {
	case err != nil:
		out = append(out, Finding{What: "refused by " + ch.Name, Detail: err.Error()})
	case n > 0:
		out = append(out, Finding{What: "refused by " + ch.Name, OK: true, Detail: fmt.Sprintf("sent again, alerts of open incidents: %d", n)})
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
