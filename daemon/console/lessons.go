package console

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

const (
	mostPast   = 40  // incidents that lessons are drawn from, the newest first
	mostSought = 400 // incidents that are looked through for them
)

// planSource is the text of the plan of an incident as it is in force, and where what it
// refers to lies; an incident without a plan has none.
func (c *Console) planSource(in *crisis.Incident) (source []byte, dirs []fs.FS, err error) {
	if len(in.Plans) == 0 {
		return nil, nil, nil
	}
	folder := playbooks.Builtin()
	if c.PlanFolder != "" {
		own := os.DirFS(c.PlanFolder)
		folder, dirs = own, []fs.FS{playbooks.Builtin(), own}
	}
	source, err = playbooks.ReadVersion(folder, in.Plans[0].ID, "")
	return source, dirs, err
}

// lessons compares the plan of an incident with this and earlier incidents under it. A
// drill is held against drills only, and teaches real incidents nothing.
func (c *Console) lessons(ctx context.Context, in *crisis.Incident, source []byte, dirs []fs.FS) ([]playbooks.Lesson, error) {
	id := in.Plans[0].ID
	var past [][]crisis.Event
	err := c.Store.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.IncidentsUntil(in.Opened, mostSought)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if len(past) == mostPast {
				break
			}
			other, events, err := tx.Incident(row.ID)
			if err != nil {
				return err
			}
			has := slices.ContainsFunc(other.Plans, func(p crisis.Plan) bool { return p.ID == id })
			if has && other.Drill == in.Drill && (!other.Open() || other.ID == in.ID) {
				past = append(past, events)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read earlier incidents: %w", err)
	}
	return playbooks.Lessons(source, past, c.Now(), dirs...)
}

func (c *Console) fillLessons(r *http.Request, v *visit, p *reviewPage, in *crisis.Incident) error {
	if !p.Ended {
		return nil
	}
	source, dirs, err := c.planSource(in)
	if err != nil || source == nil {
		return err
	}
	key := fmt.Sprintf("lessons/%s/%s/%d/%x", v.user.Name, in.ID, in.Closed.UnixMilli(), sha256.Sum256(source)) // whoever asks sees his own incidents in them
	wait := c.patience
	if p.Waits { // the figures took what patience there was
		wait = 0
	}
	list, err := ask(r.Context(), c.behind, question{key, p.now, wait, askedKept}, func(ctx context.Context) ([]playbooks.Lesson, error) {
		return c.lessons(ctx, in, source, dirs)
	})
	if errors.Is(err, ErrBusy) {
		p.Waits, p.Comparing = true, true
		return nil
	}
	if err != nil {
		return err
	}
	p.Plan = in.Plans[0].ID
	for _, l := range list {
		row := lessonRow{ID: l.ID, Text: clean(l.What.In(p.lang), 300), Can: len(l.Changes) > 0}
		for _, e := range l.Proofs {
			row.Proofs = append(row.Proofs, clean(e.Incident+" "+traced(&playbooks.Trace{Events: e.Events})+" "+e.Remark, 160))
		}
		row.Diff = cleanText(l.Diff, 4000)
		p.Lessons = append(p.Lessons, row)
	}
	return nil
}
