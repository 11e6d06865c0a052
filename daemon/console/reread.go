package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Corrector takes what a person says a post should have been read as. A Desk that
// can do so shows the buttons.
type Corrector interface {
	CorrectPost(ctx context.Context, key crisis.PostKey, mood crisis.Mood, by string) error
}

// moods are the readings that a person can choose from.
var moods = []crisis.Mood{crisis.Negative, crisis.Neutral, crisis.Positive}

// moodOf is the mood of each label of a correction.
var moodOf = map[string]crisis.Mood{
	"neg": crisis.Negative, "angry": crisis.Negative, "fear": crisis.Negative, "sad": crisis.Negative,
	"neutral": crisis.Neutral, "pos": crisis.Positive, "happy": crisis.Positive,
}

// rereadView lets a person say how a post should have been read.
type rereadView struct {
	Key     string
	Said    string // what was said before, by whom; "" when nobody did
	Choices []moodChoice
}

// moodChoice is a reading that can be chosen.
type moodChoice struct {
	Value string
	Word  string
	Given bool // is what holds at present
}

// fillRereads offers the correction of every post that is still stored: the whole
// text is learnt from, and a quote is only its beginning.
func (c *Console) fillRereads(ctx context.Context, p *incidentPage, all []crisis.Evidence) error {
	if _, can := c.Desk.(Corrector); !can {
		return nil
	}
	keys := make([]crisis.PostKey, len(all))
	for i := range all {
		keys[i] = all[i].Key
	}
	said, err := c.Store.Rereads(ctx, keys)
	if err != nil {
		return err
	}
	for i := range all {
		if r, stored := said[all[i].Key]; stored {
			p.Evidence[i].Reread = p.reread(&all[i], r)
		}
	}
	return nil
}

func (t tongue) reread(e *crisis.Evidence, r store.Reread) *rereadView {
	v := &rereadView{Key: strconv.FormatInt(int64(e.Key), 10)}
	holds := e.Mood
	if r.Label != "" {
		word := clean(r.Label, 40)
		if m, ok := moodOf[r.Label]; ok {
			holds, word = m, t.sayOr("mood.", string(m))
		}
		v.Said = t.must("reread.said", word, clean(r.By, 40), t.clock(r.At))
	}
	for _, m := range moods {
		v.Choices = append(v.Choices, moodChoice{string(m), t.must("mood." + string(m)), m == holds})
	}
	return v
}

// reading stores what a person says a post should have been read as.
func (c *Console) reading(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, ok := c.Desk.(Corrector)
	if !ok {
		return store.ErrNotFound
	}
	key, err := strconv.ParseInt(r.PostFormValue("post"), 10, 64)
	mood := crisis.Mood(r.PostFormValue("mood"))
	if err != nil || !slices.Contains(moods, mood) {
		return wrong{http.StatusUnprocessableEntity, "err.form"}
	}
	err = d.CorrectPost(behalf(r), crisis.PostKey(key), mood, v.name)
	if errors.Is(err, store.ErrNotFound) {
		return wrong{http.StatusConflict, "err.reread"}
	}
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	c.Changed(id)
	http.Redirect(w, r, fmt.Sprintf("/incidents/%s?said=reread#p-%d", url.PathEscape(id), key), http.StatusSeeOther)
	return nil
}
