package daemon

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Pulse is how others know that somebody watches.
type Pulse struct {
	Daily     string        `yaml:"daily" doc:"time of day at which every channel is told that somebody watches, such as 09:00, which proves the channel from end to end; empty: never"`
	Heartbeat crisis.Secret `yaml:"heartbeat" doc:"address that is asked for as long as all is well; an outside watcher rings when the visits stay away; treated as a secret"`
	Every     time.Duration `yaml:"every" doc:"how often the address is asked for"`

	daily time.Duration // since midnight
}

func (p *Pulse) check() []error {
	var errs []error
	if p.Daily != "" {
		var err error
		if p.daily, err = timeOfDay(p.Daily); err != nil {
			errs = append(errs, fmt.Errorf("daily: %w", err))
		}
	}
	if u, err := url.Parse(p.Heartbeat.Reveal()); p.Heartbeat != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, fmt.Errorf("heartbeat: write an address that begins with https:// or http://"))
	}
	if p.Every < 10*time.Second {
		errs = append(errs, fmt.Errorf("every: %s; write a duration from 10s", p.Every))
	}
	return errs
}

const (
	// proven is how long after the daily word every channel must have taken it.
	proven = 15 * time.Minute
	// auditEvery is how often the clocks are audited.
	auditEvery = 13 * time.Minute
	// auditLag is how late a ring may be before the audit asks about it.
	auditLag = 3 * time.Minute

	settingDaily  = "pulse.daily"
	settingProved = "pulse.proved"
	settingAudit  = "pulse.audit"
)

// Pulse sends the daily word when it is due, sees whether it arrived everywhere, and
// audits the clocks.
func (d *Daemon) Pulse(ctx context.Context) error {
	now := d.clock.Now()
	if err := d.daily(ctx, now); err != nil {
		return fmt.Errorf("daily word: %w", err)
	}
	if now.Sub(d.started) < stall { // what was due while we were down is being done
		return nil
	}
	if last := time.Unix(d.audited.Load(), 0); now.Sub(last) < auditEvery && !now.Before(last) {
		return nil
	}
	d.audited.Store(now.Unix())
	found, err := d.Audit(ctx, now)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	d.unsound.Store(len(found) > 0)
	return d.tellAudit(ctx, found, now)
}

// daily sends the daily word, and a quarter of an hour later tells the other channels of
// those that have not taken it.
func (d *Daemon) daily(ctx context.Context, now time.Time) error {
	p := &d.cfg.Pulse
	if p.Daily == "" {
		return nil
	}
	at := clockAt(now.In(d.cfg.Zoned()), 0, p.daily)
	day := at.Format(time.DateOnly)
	if now.Before(at) || now.Sub(at) > 3*time.Hour { // hours late it would say nothing about the morning
		return nil
	}
	alive, blind, err := d.aliveNow(ctx, now)
	if err != nil {
		return err
	}
	sent := false
	err = d.store.Update(ctx, func(tx *store.Tx) error {
		last, err := settingOr(tx, settingDaily)
		if err != nil {
			return err
		}
		if last != day {
			sent = true
			return d.sayAlive(tx, alive, blind, day, now)
		}
		if now.Sub(at) < proven {
			return nil
		}
		proved, err := settingOr(tx, settingProved)
		if err != nil || proved == day {
			return err
		}
		return d.prove(tx, day, now)
	})
	if err == nil && sent {
		d.wake()
	}
	return err
}

// sayAlive enqueues the daily word on every channel.
func (d *Daemon) sayAlive(tx *store.Tx, alive crisis.Alive, blind []string, day string, now time.Time) error {
	for i := range d.cfg.Channels {
		ch := d.cfg.Channels[i].Name
		a := crisis.Alert{
			ID: aliveID(day, ch), Kind: crisis.AlertAlive, Drill: d.drill, Lang: d.cfg.Lang, Zone: d.cfg.Zone, At: now.UTC(),
			Org: d.cfg.Org, Title: d.cfg.Org, Link: d.cfg.URL, Alive: &alive, BlindSources: blind,
		}
		if err := tx.Enqueue(store.Outgoing{ID: a.ID, Channel: ch, Alert: a, Due: now}); err != nil {
			return fmt.Errorf("enqueue %s: %w", a.ID, err)
		}
	}
	return tx.SetSetting(settingDaily, day)
}

func aliveID(day, channel string) string { return "alive." + day + "." + channel }

// prove tells of the channels that did not take the daily word.
func (d *Daemon) prove(tx *store.Tx, day string, now time.Time) error {
	for i := range d.cfg.Channels {
		ch := &d.cfg.Channels[i]
		state, detail, err := tx.State(aliveID(day, ch.Name))
		if err != nil {
			return err
		}
		if state == store.StateSent || state == store.StateRefused { // a refusal is told when it comes
			continue
		}
		cause := fmt.Errorf("the daily message has not gone through for %s: %s", proven, detail)
		if err := d.broken(tx, ch, cause, d.prefer("检查网络和该通道的配置，再用 watchfire send-test 试发", "check the network and the channel's settings, then try watchfire send-test"), now); err != nil {
			return err
		}
	}
	return tx.SetSetting(settingProved, day)
}

// aliveNow counts what the daily word says.
func (d *Daemon) aliveNow(ctx context.Context, now time.Time) (x crisis.Alive, blind []string, err error) {
	sees, err := d.sight(ctx, now)
	if err != nil {
		return x, nil, err
	}
	blind = sees.blind()
	for i := range d.cfg.Sources {
		if !d.cfg.Sources[i].Off {
			x.Sources++
		}
	}
	x.Seeing = max(x.Sources-len(blind), 0)
	err = d.store.View(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenIncidents()
		if err != nil {
			return err
		}
		x.Open = len(open)
		for i := range d.cfg.Sources {
			n, err := tx.PostsSince(d.cfg.Sources[i].Name, now.Add(-24*time.Hour))
			if err != nil {
				return err
			}
			x.Posts += n
		}
		x.Stuck, err = tx.Stuck()
		return err
	})
	labels := make([]string, len(blind))
	for i, name := range blind {
		labels[i] = d.sourceConfig(name).Label()
	}
	return x, labels, err
}

// Audit returns what should have been done by now and was not, by a second look at every
// incident that does not rely on what the clocks remember: moments of steps, red lines and
// promises, countersignatures that are owed and of which nobody was told, and alerts that nobody tries to send.
func (d *Daemon) Audit(ctx context.Context, now time.Time) ([]string, error) {
	var found []string
	err := d.store.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.RunningIncidents(now.Add(-memory))
		if err != nil {
			return err
		}
		for i := range rows {
			in, _, err := tx.Incident(rows[i].ID)
			if err != nil {
				return err
			}
			more := d.overlooked(&in, now.Add(-auditLag))
			if len(more) > 0 && len(in.Restricted) > 0 { // the finding goes to every channel
				more = []string{in.ID + ": " + d.nameless()}
			}
			found = append(found, more...)
		}
		for i := range d.cfg.Channels {
			ch := d.cfg.Channels[i].Name
			held, err := timeSetting(tx, settingHeld+ch)
			if err != nil {
				return err
			}
			n, err := tx.Untried(ch, now.Add(-stall))
			if err != nil {
				return err
			}
			if n > 0 && now.After(held) && !d.pacers[ch].free(now).After(now) {
				found = append(found, fmt.Sprintf("%s: %d not tried", ch, n))
			}
		}
		return nil
	})
	return found, err
}

// overlooked returns the moments of an incident before then of which nobody was told.
func (d *Daemon) overlooked(in *crisis.Incident, then time.Time) []string {
	var found []string
	rings, _ := in.Rings(then)
	for _, r := range rings {
		found = append(found, fmt.Sprintf("%s: %s (%s)", in.ID, r.Title, r.Due.In(d.cfg.Zoned()).Format("01-02 15:04")))
	}
	for _, e := range in.Owed(then) {
		found = append(found, fmt.Sprintf("%s: %s", in.ID, promiseOf(&e)))
	}
	for j := range in.Statements {
		if s := &in.Statements[j]; s.Unsigned(then) {
			found = append(found, fmt.Sprintf("%s: %s (%s)", in.ID, s.ID, s.Countersigns.In(d.cfg.Zoned()).Format("01-02 15:04")))
		}
	}
	return found
}

// tellAudit tells people once of what an audit has found, and when it finds nothing more.
func (d *Daemon) tellAudit(ctx context.Context, found []string, now time.Time) error {
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		told, err := timeSetting(tx, settingAudit)
		if err != nil || (len(found) == 0) == told.IsZero() {
			return err
		}
		x := crisis.Trouble{Part: crisis.PartSelf, Name: "audit", Source: "audit", Since: now, Detail: strings.Join(found, "; ")}
		if len(found) == 0 {
			x.Since, x.Detail = told, ""
			if err := tx.SetSetting(settingAudit, ""); err != nil {
				return err
			}
			return d.tellAll(tx, crisis.AlertSight, x, now)
		}
		if err := tx.SetSetting(settingAudit, now.UTC().Format(time.RFC3339Nano)); err != nil {
			return err
		}
		return d.tellAll(tx, crisis.AlertBlind, x, now)
	})
	if err != nil {
		return fmt.Errorf("tell of the audit: %w", err)
	}
	return nil
}

// heartbeat visits the outside watcher's address for as long as the daemon does its job.
// When it does not, the visits stay away, and the watcher rings.
func (d *Daemon) heartbeat(ctx context.Context) {
	p := &d.cfg.Pulse
	if p.Heartbeat == "" {
		return
	}
	t := time.NewTicker(p.Every)
	defer t.Stop()
	for {
		if h := d.ready(ctx); !h.OK || d.unsound.Load() {
			d.log.Warn("heartbeat withheld", zap.Strings("trouble", h.Trouble))
		} else if err := callOn(ctx, p.Heartbeat.Reveal()); err != nil && ctx.Err() == nil {
			d.log.Warn("heartbeat", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// callOn asks for an address and wants a good answer. Its errors do not show the address.
func callOn(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("get: the address cannot be used")
	}
	req.Header.Set("User-Agent", "Watchfire")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		if u, ok := err.(*url.Error); ok { //nolint:errorlint // Do returns nothing else
			err = u.Err
		}
		return fmt.Errorf("get: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}
