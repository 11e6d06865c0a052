package crisis

import "time"

// Emerged is a topic that emerged without any configured word, and what was heard of
// it since (新出现的说法).
type Emerged struct {
	Phrases   []string // what it was first known by comes first
	First     time.Time
	Last      time.Time
	Posts     int
	Voices    int            // different authors, a text counts at most twice
	Sources   map[string]int // posts by name of the source
	Exemplars []PostKey      // posts that show it, at most five
}
