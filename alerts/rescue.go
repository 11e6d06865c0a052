package alerts

import "fmt"

// rescueHeadline is what a lock screen shows of a call for help: its own words. From the
// second time on it says that nobody has answered.
func (t teller) rescueHeadline() string {
	form := t.cry
	if t.a.Ask.Told > 1 {
		form = t.cryAgain
	}
	return fmt.Sprintf(form, Clean(t.a.Ask.Quote, 50))
}

// rescue says what was written, where and when, and to whom it is handed on.
func (t teller) rescue() []string {
	a := t.a.Ask
	out := []string{
		fmt.Sprintf(t.cried, Clean(a.Source, 40), t.clock(a.Published), Clean(a.Quote, 200)),
		t.handOn,
	}
	if !a.Due.IsZero() {
		out = append(out, fmt.Sprintf(t.cryDue, t.clock(a.Due)))
	}
	return append(out, t.cryDoubt)
}

// original is the address of what was written.
func (t teller) original() []line {
	address := webAddress(t.a.Ask.Link)
	if address == "" {
		return nil
	}
	return []line{{t.cryLink + address, address}}
}
