package console

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"watchfire/daemon/store"
)

// channelsPage is where alerts go, and whether they arrive.
type channelsPage struct {
	frame
	Rows []channelRow
}

type channelRow struct {
	Name, Kind            string
	Buttons               bool
	People                string
	Sent                  moment // last
	Done, Waits, Refusals int
}

// channelsPage shows the channels; they are set up in the configuration, where their
// secrets are.
func (c *Console) channelsPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := channelsPage{frame: c.frame(r, v, "channels", "account")}
	var tally map[string]store.ChannelTally
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		tally, err = tx.ChannelTallies(p.now.Add(-7 * 24 * time.Hour))
		return err
	})
	if err != nil {
		return fmt.Errorf("count deliveries: %w", err)
	}
	if c.Channels != nil {
		for _, ch := range c.Channels() {
			n := tally[ch.Name]
			p.Rows = append(p.Rows, channelRow{
				Name: clean(ch.Name, 40), Kind: clean(ch.Kind, 40), Buttons: ch.Buttons, People: clean(strings.Join(ch.People, p.must("comma")), 200),
				Sent: p.since(n.Last), Done: n.Sent, Waits: n.Waiting, Refusals: n.Refused,
			})
		}
	}
	return c.render(w, r, http.StatusOK, "settings_channels", p)
}
