package store

import (
	"strings"
	"testing"
)

// TestPlansOfPages wants every query of the pages that look back to find its rows by an
// index: a table that is read whole grows with the years.
func TestPlansOfPages(t *testing.T) {
	s := open1(t)
	for query, args := range map[string][]any{
		"SELECT minute / 30 AS half, sum(voices) FROM counts WHERE topic = ? AND minute >= ? AND minute < ? GROUP BY half ORDER BY half": {"t", 1, 2},
		"SELECT " + countColumns + " FROM counts WHERE topic = ? AND minute >= ? ORDER BY known, minute":                                 {"t", 1},
		"SELECT DISTINCT minute FROM counts WHERE topic = ? AND minute >= ? AND own > 0 ORDER BY minute DESC LIMIT 5":                    {"t", 1},
		"SELECT minute FROM counts WHERE topic = ? ORDER BY minute LIMIT 1":                                                              {"t"},
		"SELECT p.key FROM hits h JOIN posts p ON p.key = h.post WHERE h.topic = ? AND h.at >= ? AND h.at < ? ORDER BY h.at LIMIT 1":     {"t", 1, 2},
		askColumns + "WHERE received >= ? ORDER BY received DESC LIMIT 5":                                                                {1},
		"SELECT at FROM attempts WHERE source = ? AND at >= ? AND class NOT IN ('ok') ORDER BY at DESC, rowid DESC LIMIT 5":              {"s", 1},
		"SELECT id FROM planned WHERE until > ? AND removed = 0 ORDER BY since, id":                                                      {1},
		"SELECT id FROM incidents WHERE topic = ? ORDER BY opened DESC, id DESC LIMIT 5":                                                 {"t"},
	} {
		err := s.View(t.Context(), func(tx *Tx) error {
			return tx.rows(func(scan func(...any) error) error {
				var detail string
				err := scan(new(int), new(int), new(int), &detail)
				if strings.HasPrefix(detail, "SCAN") && !strings.Contains(detail, "json_each") {
					t.Errorf("%s\n%s", query, detail)
				}
				return err
			}, "EXPLAIN QUERY PLAN "+query, args...)
		})
		if err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}
