package crisis

import "time"

// Intake is what another system hands in as a signal (报入): an alert of Alertmanager,
// an official warning, a finding of a commercial monitor. Whoever hands it in has
// already judged that somebody should look, so no detector judges it again.
type Intake struct {
	ID     string // the other system's own id of it
	System string // who says so; empty: as people call the source
	Topic  string // topic whose incident it opens; one that is not configured is that of the source
	Title  string
	Text   string
	Level  Level // none: worth a look, opens nothing
	URL    string
	At     time.Time // when it began; zero is unknown
	Over   bool      // it has ended
}
