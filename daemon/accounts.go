package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
)

// Accounts are a person's ids with those who carry messages. The key is the kind of
// channel, which serves all channels of the kind, or the name of one channel, which
// comes first: an id may be worth something in one organisation of the provider only.
// Channels that share an app share its clicks too, so there the kind is the key to use.
type Accounts map[string]string

// listeners are the kinds of channels whose messages may have buttons.
func listeners() []string {
	return slices.DeleteFunc(keysOf(alerts.Kinds), func(kind string) bool {
		_, ok := alerts.Kinds[kind]().(alerts.Listener)
		return !ok
	})
}

// checkAccounts checks that every id says whose it is, once.
func (c *Config) checkAccounts() []error {
	var errs []error
	keys := append(listeners(), c.channelNames()...)
	owner := map[[2]string]string{}
	for i := range c.People {
		p := &c.People[i]
		bad := func(format string, args ...any) {
			err := fmt.Errorf("people: %s: accounts: %w", p.Name, fmt.Errorf(format, args...))
			errs = append(errs, c.places.at(err, "people", i, "accounts"))
		}
		for _, key := range keysOf(p.Accounts) {
			id := p.Accounts[key]
			first, taken := owner[[2]string{key, id}]
			switch {
			case !slices.Contains(keys, key):
				bad("there is no channel or kind of channel with buttons %q%s; write one of %s", key, didYouMean(key, keys), list(keys))
			case id == "":
				bad("%s: missing; write the id that the reply to an unknown click names", key)
			case taken:
				bad("%s: %s is the id of %s too; an id belongs to one person", key, id, first)
			}
			owner[[2]string{key, id}] = p.Name
		}
	}
	return errs
}

// unheard warns of channels whose buttons nobody may press.
func (c *Config) unheard() []Finding {
	var out []Finding
	for i := range c.Channels {
		ch := &c.Channels[i]
		known := slices.ContainsFunc(c.People, func(p Person) bool { return p.Accounts[ch.Name] != "" || p.Accounts[ch.KindName] != "" })
		if alerts.Buttoned(ch.Sender) && !known {
			out = append(out, Finding{
				What: "buttons of " + ch.Name, OK: true, Warn: true,
				Detail: fmt.Sprintf("nobody may press them; add accounts: {%s: …} to people, with the id that the reply to a click names", ch.KindName),
			})
		}
	}
	return out
}

// accountOf returns whose id it is on a channel, nil when nobody has said so.
func (d *directory) accountOf(ch *Channel, id string) *Person {
	if id == "" {
		return nil
	}
	for _, key := range []string{ch.Name, ch.KindName} {
		for i := range d.cfg.People {
			if d.cfg.People[i].Accounts[key] == id {
				return &d.cfg.People[i]
			}
		}
	}
	return nil
}

// tryButtons checks that clicks on the messages of a channel can be heard. A click that
// comes meanwhile is not carried out, and the person is told so.
func tryButtons(ctx context.Context, cfg *Config, ch *Channel) []Finding {
	l, ok := ch.Sender.(alerts.Listener)
	if !ok || !alerts.Buttoned(ch.Sender) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	f := Finding{What: "buttons of " + ch.Name, Detail: "no connection within 20 s"}
	var once sync.Once
	err := l.Listen(ctx, cfg.Lang, func(context.Context, alerts.Click) (string, error) {
		words := "没有做任何改动：正在检查配置，请过一分钟再点"
		if cfg.Lang == "en" {
			words = "Nothing was done: the configuration is being checked; press again in a minute"
		}
		return words, fmt.Errorf("%w: a check is running", crisis.ErrRefused)
	}, func(err error) {
		if err == nil {
			once.Do(func() { f.OK, f.Detail = true, "clicks are heard" })
		} else {
			once.Do(func() { f.Detail = err.Error() })
		}
		cancel()
	})
	var refused *alerts.Refused
	if errors.As(err, &refused) {
		f.Detail = err.Error() + ". " + refused.Fix
	}
	return []Finding{f}
}
