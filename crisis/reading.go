package crisis

// Mood is the sentiment of a text (情绪).
type Mood string

// The moods.
const (
	Negative Mood = "negative"
	Neutral  Mood = "neutral"
	Positive Mood = "positive"
)

// Odds are the probabilities of the moods; they sum to 1.
type Odds struct {
	Negative float64 `json:"negative"`
	Neutral  float64 `json:"neutral"`
	Positive float64 `json:"positive"`
}

// Reading is what we understood of a post (研读).
//
// Print is the near-duplicate group: texts that differ by a few characters have
// the same Print. It is never 0 for a text with any letter in it.
type Reading struct {
	Lang   string   `json:"lang"` // zh, en, or und
	Words  []string `json:"words"`
	Topics []string `json:"topics"`
	Mood   Mood     `json:"mood"`
	Odds   Odds     `json:"p"`
	Print  uint64   `json:"-"`
}

// Topic is what we watch (议题): a post matches when it has one word of Any (or a
// word of an alias group there), one of each group in Must, and none of Not.
type Topic struct {
	ID       string     `json:"id" yaml:"id" doc:"short name, letters, digits and dashes"`
	Title    string     `json:"title" yaml:"title" doc:"the name people read"`
	Any      []string   `json:"any" yaml:"any" doc:"words of which one must occur"`
	Must     [][]string `json:"must,omitempty" yaml:"must" doc:"groups of words: one word of every group must occur too"`
	Not      []string   `json:"not,omitempty" yaml:"not" doc:"words that exclude a post, such as 演练 or 招聘"`
	Places   []string   `json:"places,omitempty" yaml:"places" doc:"place words: when given, one must occur in the text or in the post's stated place"`
	Tags     []string   `json:"tags,omitempty" yaml:"tags" doc:"subject tags that playbooks match, such as utility or school"`
	Playbook string     `json:"playbook,omitempty" yaml:"playbook" doc:"always use this playbook for the topic"`
	Sources  []string   `json:"sources,omitempty" yaml:"sources" doc:"only posts of these sources; empty is all"`

	Importance Importance `json:"importance,omitempty" yaml:"importance" doc:"high, normal or low: how soon people want to be told; alerting.bar says what it does; empty is normal"`
}

// Importance is how much a topic matters to the people who are told (重要程度).
type Importance string

// The importances; an empty one is normal.
const (
	ImportanceHigh   Importance = "high"
	ImportanceNormal Importance = "normal"
	ImportanceLow    Importance = "low"
)

// Name returns what people call the topic.
func (t *Topic) Name() string {
	if t.Title != "" {
		return t.Title
	}
	return t.ID
}
