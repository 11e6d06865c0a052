package console

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// reportLead is how long before an incident a report begins to count: a day and a
// night, so that what is usual is to be seen.
const reportLead = 24 * time.Hour

// mostLedgerRows bounds the ledger in a report.
const mostLedgerRows = 5000

// Gather reads from the store all that a report of an incident is made of. Whoever
// calls fills in Org, Zone, Lang and Sources.
func Gather(ctx context.Context, st *store.Store, charts Charter, id string, now time.Time) (playbooks.ReportInput, error) {
	return gather(ctx, st, charts, id, now, true)
}

// gather is Gather; without exhibits the posts that were quoted, of which a long incident
// has thousands, are not read again.
func gather(ctx context.Context, st *store.Store, charts Charter, id string, now time.Time, exhibits bool) (playbooks.ReportInput, error) {
	in := playbooks.ReportInput{Now: now}
	var incident crisis.Incident
	err := st.View(ctx, func(tx *store.Tx) (err error) {
		incident, in.Events, err = tx.Incident(id)
		return err
	})
	if err != nil {
		return in, err
	}
	from, to := incident.Opened, now
	if h := incident.Happened; !h.IsZero() && h.Before(from) && from.Sub(h) < 48*time.Hour {
		from = h
	}
	from = from.Add(-reportLead)
	if !incident.Open() && incident.Closed.Add(2*time.Hour).Before(to) {
		to = incident.Closed.Add(2 * time.Hour)
	}
	if longest := 90 * 24 * time.Hour; to.Sub(from) > longest {
		to = from.Add(longest)
	}
	in.Bucket = reportBucket(to.Sub(from))
	from = from.Truncate(in.Bucket)
	points, err := charts.Chart(ctx, incident.Topic, from, to, in.Bucket)
	if err != nil {
		return in, fmt.Errorf("chart of %s: %w", incident.Topic, err)
	}
	counts, err := st.Counts(ctx, incident.Topic, from, to)
	if err != nil {
		return in, err
	}
	i := 0
	for _, p := range points {
		out := playbooks.ReportPoint{At: p.At, Observed: p.Observed, Negative: p.Negative, Expected: p.Expected, Low: p.Low, High: p.High, Coverage: p.Coverage}
		for ; i < len(counts) && counts[i].Minute.Before(p.At.Add(in.Bucket)); i++ {
			out.Rated, out.Rumour = out.Rated+float64(counts[i].Count.Rated), out.Rumour+float64(counts[i].Count.Rumour)
		}
		if p.High > 0 {
			in.BandFrom = "counts"
		}
		in.Points = append(in.Points, out)
	}
	if in.Posts, err = st.Evidence(ctx, store.Exhibit{Topic: incident.Topic, From: incident.Opened.Add(-time.Hour), To: to, Most: mostEvidence}); err != nil {
		return in, fmt.Errorf("read the posts of %s: %w", incident.Topic, err)
	}
	if exhibits {
		if err := gatherExhibits(ctx, st, &in); err != nil {
			return in, err
		}
	}
	if err := gatherProofs(ctx, st, &incident, &in, from, to); err != nil {
		return in, err
	}
	rows, err := st.Ledger(ctx, id, mostLedgerRows)
	if err != nil {
		return in, err
	}
	for _, r := range rows {
		in.Outbox = append(in.Outbox, playbooks.ReportDelivery{ID: r.ID, Kind: r.Kind, Channel: r.Channel, State: r.State, Created: r.Created, Last: r.Last, Attempts: r.Attempts})
	}
	return in, nil
}

// reportBucket is finer than that of a page: two hours beside a statement are to be
// told apart.
func reportBucket(whole time.Duration) time.Duration {
	switch {
	case whole <= 7*24*time.Hour:
		return 15 * time.Minute
	case whole <= 14*24*time.Hour:
		return 30 * time.Minute
	case whole <= 40*24*time.Hour:
		return time.Hour
	}
	return 2 * time.Hour
}

// reportInput gathers what a report is made of, in the reader's language.
func (c *Console) reportInput(ctx context.Context, lang, id string, exhibits bool) (playbooks.ReportInput, error) {
	in, err := gather(ctx, c.Store, c.Chart, id, c.Now(), exhibits)
	if err != nil {
		return in, err
	}
	sources, err := c.Sources(ctx)
	if err != nil {
		return in, fmt.Errorf("ask for the sources: %w", err)
	}
	in.Org, in.Zone, in.Lang, in.Sources = c.Org, c.Zone, lang, map[string]string{}
	for i := range sources {
		in.Sources[sources[i].Name] = sources[i].Title
	}
	return in, nil
}

// makeReport writes one of the files about an incident: its report, its flash report, or
// what is kept as evidence.
func makeReport(b *bytes.Buffer, in playbooks.ReportInput, name, kind, format string) error {
	var report *playbooks.Report
	var err error
	switch {
	case name == "evidence" && format == "zip":
		return playbooks.WriteEvidence(b, in)
	case name == "evidence":
		report, err = playbooks.NewDossier(in)
	case kind == "flash":
		report, err = playbooks.NewFlash(in)
	default:
		report, err = playbooks.NewReport(in)
	}
	if err != nil {
		return err
	}
	if format == "docx" {
		if err := Illustrate(report, in.Zone); err != nil {
			return err
		}
	}
	return report.Write(b, format)
}

var reportTypes = map[string]string{
	"html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8", "json": "application/json",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "zip": "application/zip",
}

// reportPage answers with the report of an incident or the list of its evidence: .html to
// read, the other forms to keep.
func (c *Console) reportPage(w http.ResponseWriter, r *http.Request, _ *visit) error {
	name, format, _ := strings.Cut(r.PathValue("file"), ".")
	known := slices.Contains(playbooks.ReportFormats, format)
	if !known && (name != "evidence" || format != "zip") || name != "report" && name != "evidence" {
		return store.ErrNotFound
	}
	in, err := c.reportInput(r.Context(), language(r, c.Lang), r.PathValue("id"), true)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := makeReport(&b, in, name, r.URL.Query().Get("kind"), format); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", reportTypes[format])
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Cache-Control", "no-store")
	if format == "html" {
		// The page brings its own style and nothing else; it is also kept as a file.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	} else {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(in.Events[0].Incident, name, format)}))
	}
	if r.Method != http.MethodHead {
		_, _ = b.WriteTo(w) // the reader has gone away: there is nobody to tell
	}
	return nil
}

// fileName tells the evidence of an incident from its report.
func fileName(incident, name, format string) string {
	if name == "evidence" {
		incident += "-evidence"
	}
	return incident + "." + format
}
