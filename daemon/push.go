package daemon

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
)

// givenKept is for how long it is known who has which alert: longer than any is tried.
const givenKept = 30 * 24 * time.Hour

// lend gives channels that reach several people the store, in which it is kept who has
// which alert, and those that push the browsers and a key.
func lend(ctx context.Context, channels []Channel, s *store.Store, now func() time.Time) error {
	for i := range channels {
		switch ch := channels[i].Sender.(type) {
		case *alerts.Email:
			ch.Given = &givenBook{s, now}
		case *alerts.WebPush:
			ch.Subscribers = &browsers{s, now}
			key, err := loadPushKey(ctx, s, ch.Key, now())
			if err != nil {
				return fmt.Errorf("channel %s: key of pushes: %w", channels[i].Name, err)
			}
			ch.Key = key
		}
	}
	return nil
}

// loadPushKey returns the key that push services know us by: the configured one, else
// the newest of the store, where the first start leaves one. Each is kept, because there
// are browsers that know no other.
func loadPushKey(ctx context.Context, s *store.Store, configured crisis.Secret, now time.Time) (key crisis.Secret, err error) {
	err = s.Update(ctx, func(tx *store.Tx) error {
		kept, err := tx.PushKeys()
		if err != nil {
			return err
		}
		newest := store.PushKey{}
		if len(kept) > 0 {
			newest = kept[len(kept)-1]
		}
		if key = newest.Private; configured == "" && key != "" || configured != "" && key == configured {
			return nil
		}
		if key = configured; key == "" {
			if key, err = newPushKey(); err != nil {
				return err
			}
		}
		public, err := alerts.PushPublic(key)
		if err != nil {
			return err
		}
		return tx.AddPushKey(store.PushKey{Public: public, Private: key}, now)
	})
	return key, err
}

func newPushKey() (crisis.Secret, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	raw, err := key.Bytes()
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	return crisis.Secret(base64.RawURLEncoding.EncodeToString(raw)), nil
}

// givenBook keeps in the store who has which alert.
type givenBook struct {
	store *store.Store
	now   func() time.Time
}

// Has implements alerts.Given.
func (b *givenBook) Has(ctx context.Context, a crisis.Alert, who string) (has bool, err error) {
	err = b.store.View(ctx, func(tx *store.Tx) (err error) {
		has, err = tx.Given(a.ID, who)
		return err
	})
	return has, err
}

// Note implements alerts.Given, even while the daemon stops: the alert has been sent.
func (b *givenBook) Note(ctx context.Context, a crisis.Alert, who ...string) error {
	return b.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.Give(&a, b.now(), who...) })
}

// browsers are those that asked for alerts, as channels that push know them.
type browsers struct {
	store *store.Store
	now   func() time.Time
}

// Pending implements alerts.Subscribers. An alert is for everybody who may see its
// incident.
func (b *browsers) Pending(ctx context.Context, a crisis.Alert) (todo []alerts.Subscription, have int, err error) {
	err = b.store.View(ctx, func(tx *store.Tx) error {
		todo, have = nil, 0
		all, err := tx.AllPushes()
		if err != nil {
			return err
		}
		keys, err := tx.PushKeys()
		if err != nil {
			return err
		}
		named, err := namedIncidents(tx, &a)
		if err != nil {
			return err
		}
		for i := range all {
			p := &all[i]
			hides := unseenBy(named, p.User)
			if len(hides) > 0 && len(hides) == len(named) {
				continue
			}
			given, err := tx.Given(a.ID, p.Endpoint.Reveal())
			if err != nil {
				return err
			}
			overtaken, err := tx.Overtaken(&a, p.Endpoint.Reveal())
			if err != nil {
				return err
			}
			if given || overtaken {
				have++
				continue
			}
			todo = append(todo, subscription(p, keys, hides))
		}
		return nil
	})
	return todo, have, err
}

// namedIncidents are the incidents that an alert tells of.
func namedIncidents(tx *store.Tx, a *crisis.Alert) (out []crisis.Incident, err error) {
	ids := []string{a.Incident}
	for _, line := range a.Digest {
		ids = append(ids, line.Incident)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if id == "" {
			continue
		}
		in, _, err := tx.Incident(id)
		if err != nil {
			return nil, fmt.Errorf("who may see incident %s: %w", id, err)
		}
		out = append(out, in)
	}
	return out, nil
}

// unseenBy are those of some incidents that a user may not see.
func unseenBy(incidents []crisis.Incident, user string) (out []string) {
	for i := range incidents {
		if in := &incidents[i]; !in.SeenBy(user) {
			out = append(out, in.ID)
		}
	}
	return out
}

// subscription is a browser as the channel sends to it.
func subscription(p *store.Push, keys []store.PushKey, hides []string) alerts.Subscription {
	s := alerts.Subscription{Endpoint: p.Endpoint, Hides: hides}
	s.Keys.P256DH, s.Keys.Auth = p.P256DH, p.Auth
	for _, k := range keys {
		if k.Public == p.Key {
			s.Key = k.Private
		}
	}
	return s
}

// Reached implements alerts.Subscribers, even while the daemon stops: the alert has been
// sent.
func (b *browsers) Reached(ctx context.Context, s alerts.Subscription, a crisis.Alert) error {
	return b.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := tx.Give(&a, b.now(), s.Endpoint.Reveal()); err != nil {
			return err
		}
		return tx.PushReached(s.Endpoint.Reveal(), b.now())
	})
}

// Forget implements alerts.Subscribers.
func (b *browsers) Forget(ctx context.Context, s alerts.Subscription) error {
	return b.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.PushGone(s.Endpoint.Reveal(), b.now()) })
}

// pusher is the first channel that pushes, nil for none.
func (c *Config) pusher() (*Channel, *alerts.WebPush) {
	for i := range c.Channels {
		if w, ok := c.Channels[i].Sender.(*alerts.WebPush); ok {
			return &c.Channels[i], w
		}
	}
	return nil, nil
}

// PushKey is the public key that a browser needs to ask for alerts, "" when no channel
// pushes.
func (d *Daemon) PushKey() string {
	_, w := d.cfg.pusher()
	if w == nil {
		return ""
	}
	public, err := alerts.PushPublic(w.Key)
	if err != nil { // unreachable: lend has read the key
		return ""
	}
	return public
}

// AcceptPush says why a browser cannot be kept, nil if it can.
func (d *Daemon) AcceptPush(p store.Push) error {
	_, w := d.cfg.pusher()
	if w == nil {
		return errors.New("no channel pushes")
	}
	s := subscription(&p, nil, nil)
	return w.Accept(&s)
}

// TestPush sends a test message to one browser. An error that wraps console.ErrUnpushed
// says why it was not taken, and what a person can do is in fix, in the language lang.
func (d *Daemon) TestPush(ctx context.Context, p store.Push, lang string) (fix string, err error) {
	ch, w := d.cfg.pusher()
	if w == nil {
		return "", store.ErrNotFound
	}
	var keys []store.PushKey
	if err := d.store.View(ctx, func(tx *store.Tx) (err error) {
		keys, err = tx.PushKeys()
		return err
	}); err != nil {
		return "", err
	}
	a := testAlert(d.cfg, ch.Name, d.clock.Now())
	a.Lang = lang
	s := subscription(&p, keys, nil)
	err = w.Push(ctx, &s, a)
	var refused *alerts.Refused
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, alerts.ErrGone):
		return "", fmt.Errorf("%w: %w", console.ErrPushGone, err)
	case errors.As(err, &refused):
		return refused.Fix, fmt.Errorf("%w: %w", console.ErrUnpushed, err)
	}
	return "", fmt.Errorf("%w: %w", console.ErrUnpushed, err)
}

// unpushed warns that browsers offer pushes on pages that come by TLS only.
func (c *Config) unpushed() []Finding {
	ch, w := c.pusher()
	if w == nil || strings.HasPrefix(c.URL, "https://") {
		return nil
	}
	return []Finding{{What: "channel " + ch.Name, OK: true, Warn: true, Detail: "url does not begin with https://: no browser offers notifications but those on this machine"}}
}

// withBrowsers runs f while a channel that pushes knows the browsers in the store of the
// configuration, which a daemon may have open. Without that store nobody has asked for alerts.
func withBrowsers(ctx context.Context, cfg *Config, ch *Channel, f func() error) (err error) {
	path := filepath.Join(cfg.Data, "watchfire.db")
	_, pushes := ch.Sender.(*alerts.WebPush)
	if _, missing := os.Stat(path); !pushes || errors.Is(missing, fs.ErrNotExist) {
		return f()
	}
	if current, err := store.Current(ctx, path); err != nil || !current {
		return errors.Join(err, f())
	}
	s, err := store.Open(path)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := lend(ctx, []Channel{*ch}, s, time.Now); err != nil {
		return err
	}
	return f()
}
