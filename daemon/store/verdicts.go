package store

import (
	"fmt"
	"time"

	"watchfire/crisis"
)

// Records returns how people judged the incidents opened since then, by the
// detector that opened them, in order of names. The last verdict on an incident counts.
func (t *Tx) Records(since time.Time) ([]crisis.Record, error) { return t.records("", since) }

// TopicRecords is Records of the incidents of one topic.
func (t *Tx) TopicRecords(topic string, since time.Time) ([]crisis.Record, error) {
	return t.records(" AND topic = ?", since, topic)
}

func (t *Tx) records(which string, since time.Time, args ...any) ([]crisis.Record, error) {
	var out []crisis.Record
	err := t.rows(func(scan func(...any) error) error {
		var rule string
		var verdict crisis.Verdict
		var n int
		if err := scan(&rule, &verdict, &n); err != nil {
			return err
		}
		if len(out) == 0 || out[len(out)-1].Rule != rule {
			out = append(out, crisis.Record{Rule: rule})
		}
		for range n {
			out[len(out)-1].Add(verdict)
		}
		return nil
	}, "SELECT rule, verdict, count(*) FROM incidents WHERE verdict <> '' AND opened >= ?"+which+" GROUP BY rule, verdict ORDER BY rule", append([]any{milli(since)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read verdicts: %w", err)
	}
	return out, nil
}
