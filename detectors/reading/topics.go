package reading

import "watchfire/crisis"

// rules are the compiled topics.
type rules struct {
	topics []crisis.Topic
}

func compile(ts []crisis.Topic) (*rules, error) {
	return &rules{topics: ts}, nil
}
