package crisis

import "time"

// Tier says how loud a signal is.
type Tier string

// The tiers of a signal.
const (
	TierNotice Tier = "notice" // worth a look, shown in the console, opens nothing
	TierAlert  Tier = "alert"  // opens an incident, or raises an open one
)

// Cue is what a share of voices has in common (线索).
type Cue string

// The cues. Those of a claim are named like its mark.
const (
	CueAngry     Cue = "angry"
	CueFear      Cue = "fear"
	CueRumour        = Cue(ClaimRumour)
	CueOld           = Cue(ClaimOld)
	CueImitation     = Cue(ClaimImitation)
	CueNegative  Cue = "negative"
)

// OfMood says whether the cue is a mood: then a negative post belongs to its proof.
func (c Cue) OfMood() bool { return c == CueNegative || c == CueAngry || c == CueFear }

// Signal is one detector's claim about one topic at one time (信号). It carries
// what is needed to check it: what was counted, what was expected, how unlikely.
//
// Low and High bound what is usual for this hour, in the unit of Observed.
// Odds is the detector's statistic in robust standard deviations. Bar is what the
// thresholds of the rule were multiplied by at that time when that is not 1, and
// Planned the event of the calendar behind it. A signal of detector phrase is about
// what no topic is configured for: its Topic is empty, an id that no topic can have.
// One of detector intake was handed in by another system: System and Says are who
// says so and what, and nothing was counted.
type Signal struct {
	Detector string        `json:"detector"`
	Cue      Cue           `json:"cue,omitempty"` // what of several things the detector looks for
	Rule     string        `json:"rule"`          // detector and version of its parameters, as in surge/1
	Topic    string        `json:"topic"`
	Tier     Tier          `json:"tier"`
	Level    Level         `json:"level"` // proposed opinion level
	At       time.Time     `json:"at"`
	Since    time.Time     `json:"since,omitzero"` // first post of the window that fires
	Window   time.Duration `json:"window"`
	Observed float64       `json:"observed"`
	Expected float64       `json:"expected"`
	Low      float64       `json:"low"`
	High     float64       `json:"high"`
	Odds     float64       `json:"score"`
	Posts    int           `json:"posts"`
	Voices   int           `json:"voices"`
	Unique   int           `json:"unique"`
	Negative int           `json:"negative"`
	Coverage float64       `json:"coverage"`          // 0 to 1: share of planned sampling that succeeded in the window
	Sources  []string      `json:"sources,omitempty"` // sources that are concerned, the busiest first
	Parts    []float64     `json:"parts,omitempty"`   // which part of the posts came from each of them
	Bar      float64       `json:"bar,omitempty"`
	Planned  string        `json:"planned,omitempty"`
	Phrases  []string      `json:"phrases,omitempty"` // what is said now and was not usual, the most telling first
	System   string        `json:"system,omitempty"`
	Says     string        `json:"says,omitempty"`
	Evidence []Evidence    `json:"evidence,omitempty"`
}

// Evidence is one post quoted as proof (证据).
type Evidence struct {
	Key       PostKey   `json:"key"`
	Source    string    `json:"source"`
	URL       string    `json:"url,omitempty"`
	Quote     string    `json:"quote"`
	Published time.Time `json:"published"`
	Mood      Mood      `json:"mood,omitempty"`
	Hash      string    `json:"hash,omitempty"`   // of the post as it is kept, hex SHA-256
	Copies    int       `json:"copies,omitempty"` // posts with the same print in the window, itself included
}

// Count is what one minute of one topic held.
type Count struct {
	Posts    int `json:"posts"`    // all posts
	Voices   int `json:"voices"`   // posts of authors who had fewer than two counted posts in the last hour
	Unique   int `json:"unique"`   // voices whose print was new in the last hour: who says something of their own, once an hour each
	Negative int `json:"negative"` // posts read as negative, among Voices
	Rated    int `json:"rated"`    // posts whose mood was read, among Voices

	// Among Rated: what else was read of a post.
	Angry     int `json:"angry,omitempty"`
	Fear      int `json:"fear,omitempty"`
	Harm      int `json:"harm,omitempty"`      // posts with a word of harm
	Rumour    int `json:"rumour,omitempty"`    // posts marked ClaimRumour
	Old       int `json:"old,omitempty"`       // posts marked ClaimOld
	Imitation int `json:"imitation,omitempty"` // posts marked ClaimImitation

	Rank int `json:"rank,omitempty"` // best place seen on a hot board, 1 is the top; 0 none
	Own  int `json:"own,omitempty"`  // statements of our own
}

// BetterRank returns the better of two places on a hot board; 0 is none.
func BetterRank(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// Plus returns the sum of two counts; of their ranks the better one.
func (c Count) Plus(d Count) Count {
	return Count{
		Posts: c.Posts + d.Posts, Voices: c.Voices + d.Voices, Unique: c.Unique + d.Unique,
		Negative: c.Negative + d.Negative, Rated: c.Rated + d.Rated,
		Angry: c.Angry + d.Angry, Fear: c.Fear + d.Fear, Harm: c.Harm + d.Harm,
		Rumour: c.Rumour + d.Rumour, Old: c.Old + d.Old, Imitation: c.Imitation + d.Imitation,
		Rank: BetterRank(c.Rank, d.Rank), Own: c.Own + d.Own,
	}
}
