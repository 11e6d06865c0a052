package alerts

import (
	"fmt"

	"watchfire/crisis"
)

// taps are the links by which the reader acts at once, a line each.
func (t teller) taps() []line {
	var out []line
	for _, x := range t.a.Taps {
		address := webAddress(x.URL)
		if address == "" {
			continue
		}
		label := t.tapAck
		if x.Do == crisis.TapDone {
			name := ""
			for _, c := range t.a.Next {
				if c.Plan == x.Plan && c.Step == x.Step {
					name = title(c, t.a.Lang)
				}
			}
			label = fmt.Sprintf(t.tapDone, name)
		}
		out = append(out, line{label + address, address})
	}
	return out
}
