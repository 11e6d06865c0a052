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

// Emotion are the probabilities of the six emotions; they sum to 1.
type Emotion struct {
	Angry    float64 `json:"angry"`
	Fear     float64 `json:"fear"`
	Happy    float64 `json:"happy"`
	Neutral  float64 `json:"neutral"`
	Sad      float64 `json:"sad"`
	Surprise float64 `json:"surprise"`
}

// Claim marks a text whose claim should be checked before anybody believes it (待核说法).
type Claim string

// The claims.
const (
	ClaimRumour    Claim = "rumour"    // hearsay, by its own words (网传、听说)
	ClaimOld       Claim = "old"       // tells of harm in a year long past (旧闻)
	ClaimImitation Claim = "imitation" // has the form of an official notice (仿通报)
)

// Reading is what we understood of a post (研读).
//
// Harm is how many different words of harm it has, such as 伤亡 or 爆炸: a headline of
// a disaster is neutral in mood. Print is the near-duplicate group: texts that differ by a few characters have
// the same Print. It is never 0 for a text with any letter in it.
type Reading struct {
	Lang    string   `json:"lang"` // zh, en, or und
	Words   []string `json:"words"`
	Topics  []string `json:"topics"`
	Mood    Mood     `json:"mood"`
	Odds    Odds     `json:"p"`
	Emotion Emotion  `json:"emotion"`
	Own     *Odds    `json:"own,omitempty"`    // of a repost: of what its author wrote
	Quoted  *Odds    `json:"quoted,omitempty"` // and of what it quotes
	Harm    int      `json:"harm"`
	Claims  []Claim  `json:"claims,omitempty"`
	Print   uint64   `json:"-"`
}

// Topic is what we watch (议题). A post matches when it says the subject (one word
// of Any, one pair of Near or one of Patterns), one word of each group in Must, one
// of Places if there are any, and none of Not.
type Topic struct {
	ID       string     `json:"id" yaml:"id" doc:"short name, letters, digits and dashes"`
	Title    string     `json:"title" yaml:"title" doc:"the name people read"`
	Any      []string   `json:"any" yaml:"any" doc:"words of which one must occur"`
	Near     []Near     `json:"near,omitempty" yaml:"near" doc:"pairs of words close to each other, each as good as a word of any"`
	Patterns []string   `json:"patterns,omitempty" yaml:"patterns" doc:"regular expressions (RE2), each as good as a word of any; upper and lower case are the same"`
	Must     [][]string `json:"must,omitempty" yaml:"must" doc:"groups of words: one word of every group must occur too"`
	Not      []string   `json:"not,omitempty" yaml:"not" doc:"words that exclude a post, such as 演练 or 招聘"`
	Aliases  [][]string `json:"aliases,omitempty" yaml:"aliases" doc:"groups of words that mean the same: where a word of a group stands in any, near, must, not or places, all of them count"`
	Places   []string   `json:"places,omitempty" yaml:"places" doc:"place words: when given, one must occur in the text or in the post's stated place"`
	Guards   []Guard    `json:"guards,omitempty" yaml:"guards" doc:"for place words that other cities have too, such as 鼓楼区"`
	Tags     []string   `json:"tags,omitempty" yaml:"tags" doc:"subject tags that playbooks match, such as utility or school"`
	Playbook string     `json:"playbook,omitempty" yaml:"playbook" doc:"always use this playbook for the topic"`
	PartOf   string     `json:"part_of,omitempty" yaml:"part_of" doc:"a broader topic: while it has an open incident as grave, alerts of this one are told with that one and do not ring"`
	Sources  []string   `json:"sources,omitempty" yaml:"sources" doc:"only posts of these sources; empty is all"`

	Importance Importance `json:"importance,omitempty" yaml:"importance" doc:"high, normal or low: how soon people want to be told; alerting.bar says what it does; empty is normal"`
}

// Near is a pair of words close to each other, in either order.
type Near struct {
	First  []string `json:"first" yaml:"first" doc:"one of these words"`
	Second []string `json:"second" yaml:"second" doc:"and one of these"`
	Within int      `json:"within,omitempty" yaml:"within" doc:"with at most so many characters between them; 0 is 10"`
}

// Guard says when a place word means our place and not one of the same name.
type Guard struct {
	Place   string   `json:"place" yaml:"place" doc:"the word in places that is guarded"`
	With    []string `json:"with,omitempty" yaml:"with" doc:"it counts only with one of these close by or in the post's stated place, such as the name of our city"`
	Without []string `json:"without,omitempty" yaml:"without" doc:"it does not count with one of these close by, such as the names of the other cities"`
	Within  int      `json:"within,omitempty" yaml:"within" doc:"how many characters apart is close by; 0 is 10"`
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
