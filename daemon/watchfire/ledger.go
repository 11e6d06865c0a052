package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"watchfire/daemon"
	"watchfire/daemon/store"
)

type ledgerCmd struct {
	Config   string `help:"Configuration file." short:"c" default:"watchfire.yaml" type:"path"`
	Incident string `help:"Only alerts of this incident."`
	Channel  string `help:"Only alerts on this channel."`
	State    string `help:"Only alerts in this state: waiting, sending, sent, refused, dead, held, bundled or moot." enum:",waiting,sending,sent,refused,dead,held,bundled,moot" default:""`
	Limit    int    `help:"How many, newest first." default:"50"`
	Resend   string `help:"Put the refused or given up alert with this id on its way again." placeholder:"ID"`
	JSON     bool   `help:"Print JSON, one alert a line." name:"json"`
}

// Run prints how alerts stand on their way to people.
func (c *ledgerCmd) Run(ctx context.Context) (err error) {
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	path := filepath.Join(cfg.Data, "watchfire.db")
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("find the store: %w", err)
	}
	s, err := store.Open(path)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if c.Resend != "" {
		if err := daemon.ResendOne(ctx, s, c.Resend, "watchfire ledger", time.Now()); err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%s is due again; the running daemon sends it within a second\n", c.Resend)
		return nil
	}
	rows, err := s.Deliveries(ctx, store.LedgerFilter{Incident: c.Incident, Channel: c.Channel, State: c.State, Limit: c.Limit})
	if err != nil {
		return err
	}
	if c.JSON {
		return printRows(rows)
	}
	now := time.Now()
	rests, err := daemon.Rests(ctx, s, cfg, now)
	if err != nil {
		return err
	}
	return c.print(rows, rests, cfg, now)
}

func printRows(rows []store.LedgerRow) error {
	enc := json.NewEncoder(stdout)
	for i := range rows {
		r := &rows[i]
		line := struct {
			ID       string     `json:"id"`
			Incident string     `json:"incident,omitempty"`
			Channel  string     `json:"channel"`
			Kind     string     `json:"kind"`
			State    string     `json:"state"`
			Created  time.Time  `json:"created"`
			Last     *time.Time `json:"last,omitempty"`
			Due      *time.Time `json:"due,omitempty"`
			Attempts int        `json:"attempts"`
			Detail   string     `json:"detail,omitempty"`
			Fix      string     `json:"fix,omitempty"`
		}{ID: r.ID, Incident: r.Incident, Channel: r.Channel, Kind: string(r.Kind), State: r.State, Created: r.Created, Attempts: r.Attempts, Detail: r.Detail, Fix: r.Fix}
		if r.Last.Unix() > 0 {
			line.Last = &r.Last
		}
		if r.State == store.StateWaiting || r.State == store.StateHeld {
			line.Due = &r.Due
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func (c *ledgerCmd) print(rows []store.LedgerRow, rests map[string]time.Time, cfg *daemon.Config, now time.Time) error {
	w := tabwriter.NewWriter(stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "STATE\tCHANNEL\tKIND\tCREATED\tTRIES\tID\tWHAT")
	clock := func(t time.Time) string { return t.In(cfg.Zoned()).Format("01-02 15:04:05") }
	failed := false
	for i := range rows {
		r := &rows[i]
		failed = failed || r.State == store.StateRefused || r.State == store.StateDead
		what := daemon.Stands(r, rests[r.Channel], cfg, now)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", r.State, r.Channel, r.Kind, clock(r.Created), r.Attempts, r.ID, what)
	}
	if err := w.Flush(); err != nil || !failed {
		return err
	}
	again := "改好后运行 watchfire send-test 渠道名：测试发得通，该渠道未结束事件的告警随即重发；只重发一条用 ledger --resend ID"
	if cfg.Lang == "en" {
		again = "once that is mended run watchfire send-test CHANNEL: if the test goes through, its alerts of open incidents follow; ledger --resend ID resends one"
	}
	_, err := fmt.Fprintln(stdout, again)
	return err
}
