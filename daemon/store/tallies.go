package store

import "time"

// ChannelTally is how the alerts of a channel fared.
type ChannelTally struct {
	Sent, Waiting, Refused int
	Last                   time.Time // when one was created last that arrived
}

// ChannelTallies counts the alerts that were made since from, by channel.
func (t *Tx) ChannelTallies(from time.Time) (map[string]ChannelTally, error) {
	out := map[string]ChannelTally{}
	err := t.rows(func(scan func(...any) error) error {
		var name string
		var c ChannelTally
		var last int64
		err := scan(&name, &c.Sent, &c.Waiting, &c.Refused, &last)
		c.Last = fromMilli(last)
		out[name] = c
		return err
	}, `SELECT channel, sum(state IN ('sent', 'bundled')), sum(state IN ('waiting', 'sending', 'held')), sum(state IN ('refused', 'dead')),
		coalesce(max(CASE WHEN state IN ('sent', 'bundled') THEN created END), 0) FROM outbox WHERE created >= ? GROUP BY channel`, milli(from))
	return out, err
}
