package reading

import (
	_ "embed" // the models
	"fmt"
	"sync"

	"watchfire/crisis"
)

// The models that ship with the program; docs/mood.md is their card.
//
//go:embed mood-zh.model
var modelZH []byte

//go:embed mood-en.model
var modelEN []byte

// moods are the models of a reader: one per language.
type moods struct{ zh, en *Model }

// shipped reads the models of the program, once.
var shipped = sync.OnceValues(func() (moods, error) {
	var m moods
	var err error
	if m.zh, err = ParseModel(modelZH); err != nil {
		return m, fmt.Errorf("mood-zh.model: %w", err)
	}
	if m.en, err = ParseModel(modelEN); err != nil {
		return m, fmt.Errorf("mood-en.model: %w", err)
	}
	return m, nil
})

// of returns the model for a language. Text of neither language, such as a row of
// emoji, is read as Chinese.
func (m *moods) of(lang string) *Model {
	if lang == "en" {
		return m.en
	}
	return m.zh
}

// SetModel replaces the model of its language. Posts being read finish with the one
// before.
func (r *Reader) SetModel(m *Model) error {
	next := *r.moods.Load()
	switch m.card.Lang {
	case "zh":
		next.zh = m
	case "en":
		next.en = m
	default:
		return fmt.Errorf("set the model of mood: it is of %q; the languages are zh and en", m.card.Lang)
	}
	r.moods.Store(&next)
	return nil
}

// Model returns the running model of a language.
func (r *Reader) Model(lang string) *Model { return r.moods.Load().of(lang) }

func moodOf(o crisis.Odds) crisis.Mood {
	switch {
	case o.Negative > o.Neutral && o.Negative >= o.Positive:
		return crisis.Negative
	case o.Positive > o.Neutral:
		return crisis.Positive
	}
	return crisis.Neutral
}
