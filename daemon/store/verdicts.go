package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"watchfire/crisis"
)

// Records returns how people judged the incidents opened since then, by the
// detector that opened them, in order of names. The last verdict on an incident counts.
func (t *Tx) Records(since time.Time) ([]crisis.Record, error) { return t.records("", since) }

// TopicRecords is Records of the incidents of one topic.
func (t *Tx) TopicRecords(topic string, since time.Time) ([]crisis.Record, error) {
	return t.records(" AND v.incident IN (SELECT id FROM incidents WHERE topic = ?)", since, topic)
}

func (t *Tx) records(which string, since time.Time, args ...any) ([]crisis.Record, error) {
	var out []crisis.Record
	err := t.rows(func(scan func(...any) error) error {
		var id string
		var opened, verdict []byte
		if err := scan(&id, &opened, &verdict); err != nil {
			return err
		}
		var d crisis.Detected
		var j crisis.Judged
		if err := json.Unmarshal(opened, &d); err != nil {
			return fmt.Errorf("incident %s: what opened it: %w", id, err)
		}
		if err := json.Unmarshal(verdict, &j); err != nil {
			return fmt.Errorf("incident %s: its verdict: %w", id, err)
		}
		i := slices.IndexFunc(out, func(r crisis.Record) bool { return r.Rule == d.Signal.Detector })
		if i < 0 {
			i = len(out)
			out = append(out, crisis.Record{Rule: d.Signal.Detector})
		}
		out[i].Add(j.Verdict)
		return nil
	}, `SELECT v.incident, d.data, v.data FROM events v JOIN events d ON d.incident = v.incident AND d.seq = 1
		WHERE v.kind = 'verdict' AND d.at >= ?
		AND v.seq = (SELECT max(seq) FROM events WHERE incident = v.incident AND kind = 'verdict')`+which, append([]any{since.UnixNano()}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read verdicts: %w", err)
	}
	slices.SortFunc(out, func(a, b crisis.Record) int { return cmp.Compare(a.Rule, b.Rule) })
	return out, nil
}
