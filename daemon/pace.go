package daemon

import (
	"time"

	"watchfire/alerts"
	"watchfire/daemon/store"
)

// pacer spaces the attempts on one channel so that its provider never has to refuse one:
// a provider that is pressed loses alerts, or shuts the channel for minutes. It is used by
// the one goroutine that delivers on the channel.
type pacer struct {
	rates  []alerts.Rate
	recent []time.Time // attempts within the longest rate, oldest first
	known  bool        // whether the attempts before the start are among them
}

func newPacer(ch alerts.Channel) *pacer {
	p := &pacer{}
	if l, ok := ch.(alerts.Limiter); ok {
		p.rates = l.Limits()
	}
	return p
}

// learn reads from the ledger what was sent before the start.
func (p *pacer) learn(tx *store.Tx, channel string, now time.Time) error {
	if p.known || len(p.rates) == 0 {
		return nil
	}
	longest := time.Duration(0)
	for _, r := range p.rates {
		longest = max(longest, r.Per)
	}
	recent, err := tx.Attempts(channel, now.Add(-longest))
	if err != nil {
		return err
	}
	p.recent, p.known = recent, true
	return nil
}

// free returns when the next attempt may be made.
func (p *pacer) free(now time.Time) time.Time {
	at := now
	for i := range p.recent { // the clock was set back
		if p.recent[i].After(now) {
			p.recent[i] = now
		}
	}
	for _, r := range p.rates {
		if n := len(p.recent); n >= r.N && r.N > 0 {
			if then := p.recent[n-r.N].Add(r.Per); then.After(at) {
				at = then
			}
		}
	}
	return at
}

// note books an attempt.
func (p *pacer) note(now time.Time) {
	if len(p.rates) == 0 {
		return
	}
	most := 0
	for _, r := range p.rates {
		most = max(most, r.N)
	}
	p.recent = append(p.recent, now)
	if extra := len(p.recent) - most; extra > 0 {
		p.recent = append(p.recent[:0], p.recent[extra:]...)
	}
}
