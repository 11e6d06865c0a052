package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// IncidentFigure draws the course of an incident for readers of the language lang, with
// when it happened, was noticed and was closed, and what went out and was done.
func (c *Console) IncidentFigure(ctx context.Context, id, lang string) (crisis.Picture, error) {
	var in crisis.Incident
	var events []crisis.Event
	err := c.Store.View(ctx, func(tx *store.Tx) (err error) {
		in, events, err = tx.Incident(id)
		return err
	})
	if err != nil {
		return crisis.Picture{}, err
	}
	points, bucket, err := c.incidentPoints(ctx, &in)
	if err != nil {
		return crisis.Picture{}, err
	}
	t := tongue{lang: lang, zone: c.Zone, now: c.Now()}
	happened, err := t.marks(&in, events)
	if err != nil {
		return crisis.Picture{}, err
	}
	pic := Picture{Points: points, Bucket: bucket, Zone: c.Zone, Now: t.now}
	for _, h := range happened {
		pic.Marks = append(pic.Marks, PictureMark{h.at, h.kind})
	}
	png, err := pic.PNG()
	if err != nil {
		return crisis.Picture{}, fmt.Errorf("incident %s: %w", id, err)
	}
	every := t.must("chart.every", t.span(bucket))
	return crisis.Picture{PNG: png, Alt: t.must("figure.alt", every, t.draw(points, bucket, nil).Desc), Caption: t.must("figure.caption", every)}, nil
}

// chartPNG serves the chart of an incident as a picture.
func (c *Console) chartPNG(w http.ResponseWriter, r *http.Request, _ *visit) error {
	figure, err := c.IncidentFigure(r.Context(), r.PathValue("id"), language(r, c.Lang))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Length", strconv.Itoa(len(figure.PNG)))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(figure.PNG) // the reader has gone away: there is nobody to tell
	return nil
}

// Illustrate draws the charts of a report as pictures, for the forms that show them so.
func Illustrate(r *playbooks.Report, zone *time.Location) error {
	if len(r.Points) == 0 {
		return nil
	}
	volume := Picture{Bucket: r.Bucket, Zone: zone, Now: r.Made}
	for _, m := range r.Marks {
		kind := m.Kind
		if !slices.Contains([]string{markAlert, markStatement, markTick}, kind) {
			kind = markLine
		}
		volume.Marks = append(volume.Marks, PictureMark{m.At, kind})
	}
	mood := volume
	mood.Share = true
	for i := range r.Points {
		p := &r.Points[i]
		volume.Points = append(volume.Points, Point{p.At, p.Observed, p.Negative, p.Expected, p.Low, p.High, p.Coverage})
		mood.Points = append(mood.Points, Point{At: p.At, Observed: 100 * p.Mood(), Coverage: p.Coverage})
	}
	r.Pictures = map[string][]byte{}
	for name, p := range map[string]Picture{"volume": volume, "mood": mood} {
		png, err := p.PNG()
		if err != nil {
			return fmt.Errorf("chart %s of the report of %s: %w", name, r.Incident, err)
		}
		r.Pictures[name] = png
	}
	return nil
}
