package console

import (
	"strings"
	"sync"
	"time"
)

// doors limits how often somebody may try to log in, by address and by user, so
// that neither one guesser with many names nor many guessers with one name get
// far. Browsers from which a user has logged in before have tries of their own, which
// no stranger can use up: see doorKeys.
type doors struct {
	byAddr  limit
	byUser  limit
	largest int // number of addresses and users kept in mind

	mu    sync.Mutex // guards tries
	tries map[string]tries
}

// limit allows burst tries at once and one more every refill.
type limit struct {
	burst  float64
	refill time.Duration
}

// tries is what is left at a moment.
type tries struct {
	left float64
	at   time.Time
	of   limit
	told bool // that none is left
}

func newDoors() *doors {
	return &doors{
		tries:  map[string]tries{},
		byAddr: limit{10, 20 * time.Second}, byUser: limit{10, 30 * time.Second}, largest: 20000,
	}
}

// knock takes one try under each key. If one has none left, it says how long to wait.
// Keys that begin with "a " are of addresses.
func (d *doors) knock(now time.Time, keys ...string) (wait time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.tries) > d.largest {
		d.sweep(now)
	}
	all := make([]tries, len(keys))
	for i, key := range keys {
		of := d.byUser
		if strings.HasPrefix(key, "a ") {
			of = d.byAddr
		}
		all[i] = d.left(key, of, now)
		if t := all[i]; t.left < 1 {
			wait = max(wait, time.Duration((1-t.left)*float64(t.of.refill)))
		}
	}
	if wait > 0 {
		return wait, false
	}
	for i, key := range keys {
		all[i].left--
		all[i].told = false
		d.tries[key] = all[i]
	}
	return 0, true
}

// announce says whether nobody has been told yet that an address has no tries left.
func (d *doors) announce(addr string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tries["a "+addr]
	if t.told {
		return false
	}
	t.told = true
	if _, ok := d.tries["a "+addr]; ok {
		d.tries["a "+addr] = t
	}
	return true
}

// open forgives the past tries of somebody who has shown the password.
func (d *doors) open(keys ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, key := range keys {
		delete(d.tries, key)
	}
}

func (d *doors) left(key string, of limit, now time.Time) tries {
	t, ok := d.tries[key]
	if !ok {
		return tries{left: of.burst, at: now, of: of}
	}
	if past := now.Sub(t.at); past > 0 {
		t.left = min(of.burst, t.left+float64(past)/float64(of.refill))
		t.at = now
	}
	return t
}

// sweep forgets whoever has all tries back; if a flood of addresses leaves too
// many all the same, it forgets them all.
func (d *doors) sweep(now time.Time) {
	for key, t := range d.tries {
		if d.left(key, t.of, now).left >= t.of.burst {
			delete(d.tries, key)
		}
	}
	if len(d.tries) > d.largest {
		clear(d.tries)
	}
}
