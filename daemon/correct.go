package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors/reading"
)

// ErrLabel says that a text cannot be corrected so.
var ErrLabel = errors.New("the text is empty, or the label is none of angry, fear, happy, neutral, sad, surprise, neg, pos")

// Correct stores what a person says a text should have been read as, for the next
// training. The last correction of a text holds.
func Correct(ctx context.Context, s *store.Store, c store.Correction) error {
	if !reading.Known(c.Label) || strings.TrimSpace(c.Text) == "" {
		return ErrLabel
	}
	return s.Update(ctx, func(tx *store.Tx) error { return tx.SaveCorrection(c) })
}

// labelOf is the label of each mood in the files of examples.
var labelOf = map[crisis.Mood]string{crisis.Negative: "neg", crisis.Neutral: "neutral", crisis.Positive: "pos"}

// CorrectPost says that a stored post should have been read as mood. What is
// counted already stays as it is: the past is not rewritten.
func (d *Daemon) CorrectPost(ctx context.Context, key crisis.PostKey, mood crisis.Mood, by string) error {
	p, err := d.store.Post(ctx, key)
	if err != nil {
		return fmt.Errorf("correct post %d: %w", key, err)
	}
	err = Correct(ctx, d.store, store.Correction{Text: p.FullText(), Label: labelOf[mood], By: by, At: d.clock.Now()})
	if err != nil {
		return fmt.Errorf("correct post %d: %w", key, err)
	}
	return nil
}
