package score

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"watchfire/detectors"
)

// table writes a table of Markdown, as the terminal and docs/quality.md show it.
func table(w io.Writer, head []string, rows ...[][]string) {
	line := func(cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }
	line(head)
	line(strings.Split(strings.Repeat("---,", len(head)-1)+"---", ","))
	for _, group := range rows {
		for _, cells := range group {
			line(cells)
		}
	}
	fmt.Fprintln(w)
}

func minutes(x *float64) string {
	if x == nil {
		return "-"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", *x), ".0")
}

// NABReport is what a judge reached on a pack.
type NABReport struct {
	Preset   string             `json:"preset"`
	Series   []string           `json:"series"`
	Given    map[string]Figures `json:"alerts_as_given"`
	Best     map[string]Tuned   `json:"best_threshold"`
	Transfer map[string]Figures `json:"threshold_of_the_other_series"`
	Plain    Plain              `json:"plain"`
	Peers    []PeerOnNAB        `json:"peers"`
}

// Tuned are figures at the threshold that earns most.
type Tuned struct {
	Threshold float64 `json:"threshold"`
	Figures
}

// PeerOnNAB is what a peer's rule reached on the same series.
type PeerOnNAB struct {
	Name  string             `json:"name"`
	Rule  string             `json:"rule"`
	Given map[string]Figures `json:"alerts_as_given"`
	Plain Plain              `json:"plain"`
}

// Report runs the judge of a preset, and the rules of peers, on every series.
func (n *NAB) Report(preset string) (*NABReport, error) {
	judge, ok := detectors.Presets[preset]
	if !ok {
		return nil, fmt.Errorf("score nab: unknown preset %q", preset)
	}
	scores, found := n.Judge(judge)
	r := &NABReport{Preset: preset, Given: n.given(found), Best: map[string]Tuned{}, Transfer: map[string]Figures{}, Plain: n.Plain(found)}
	for _, l := range n.Series {
		r.Series = append(r.Series, l.Name)
	}
	for _, p := range Profiles {
		t, f := n.Best(p, scores)
		r.Best[p] = Tuned{Threshold: t, Figures: f}
		r.Transfer[p] = n.Transfer(p, scores)
	}
	for _, p := range Peers {
		rows := n.PeerRows(p)
		r.Peers = append(r.Peers, PeerOnNAB{p.Name, p.Rule, n.given(rows), n.Plain(rows)})
	}
	return r, nil
}

func (n *NAB) given(found Detections) map[string]Figures {
	out := map[string]Figures{}
	for _, p := range Profiles {
		out[p] = n.Score(p, found)
	}
	return out
}

func three(of map[string]Figures) string {
	return fmt.Sprintf("%.1f / %.1f / %.1f", of[Standard].Normalised, of[LowFP].Normalised, of[LowFN].Normalised)
}

func (p *Plain) cell() string {
	return fmt.Sprintf("%d/%d, %.2f", p.Detected, p.Windows, p.FalseWeekly)
}

// Write prints the report and what others reached.
func (r *NABReport) Write(w io.Writer) {
	fmt.Fprintf(w, "On %s, strictly online, settings and threshold as shipped; scores are standard / low FP / low FN.\n\n", strings.Join(r.Series, " "))
	best := map[string]Figures{}
	for p, t := range r.Best {
		best[p] = t.Figures
	}
	ours := [][]string{{"**Watchfire, preset " + r.Preset + "**", three(r.Given), three(best), three(r.Transfer), r.Plain.cell()}}
	for _, p := range r.Peers {
		ours = append(ours, []string{p.Name + ": " + p.Rule, three(p.Given), "-", "-", p.Plain.cell()})
	}
	table(w, []string{"on the pack", "alerts as given", "best single threshold", "each series at the threshold of the others", "windows, false a series-week"}, ours)
	WriteNABPublished(w)
}

// WriteNABPublished prints what others reached on all ten series.
func WriteNABPublished(w io.Writer) {
	table(w, []string{"published, all ten series", "own threshold", "windows, false a series-week", "best threshold", "+ one alert in 24 h", "T to H"}, nabPublished)
	table(w, []string{"formula, online, one alert in 24 h", "T", "T to H", "windows, false a series-week on H", "all ten, best threshold"}, nabFormulas)
}

// IncidentReport is what alarms were worth, ours and those of peers.
type IncidentReport struct {
	Outcome
	Peers []PeerOnIncidents `json:"peers"`
}

// PeerOnIncidents is what a peer's rule reached on the same posts.
type PeerOnIncidents struct {
	Name string `json:"name"`
	Rule string `json:"rule"`
	Outcome
}

// Report judges our alarms and runs the rules of peers.
func (p *Incidents) Report(alarms []Alarm) *IncidentReport {
	r := &IncidentReport{Outcome: p.Score(alarms)}
	for _, peer := range Peers {
		r.Peers = append(r.Peers, PeerOnIncidents{peer.Name, peer.Rule, p.Score(p.PeerAlarms(peer))})
	}
	return r
}

func (o *Outcome) cells(name string) []string {
	return []string{
		name, fmt.Sprintf("%d/%d", o.Detected, o.Incidents),
		fmt.Sprintf("%d / %d / %d", o.ByStrength["weak"], o.ByStrength["medium"], o.ByStrength["strong"]),
		fmt.Sprintf("%.2f", o.FalseWeekly), fmt.Sprintf("%.2f", o.NotMinor), fmt.Sprintf("%.2f", o.Precision),
		fmt.Sprintf("%s / %s / %s", minutes(o.FromStart), minutes(o.FromOnset), minutes(o.FromOracle)), minutes(o.PostsOut),
	}
}

// Write prints the report and what others reached.
func (r *IncidentReport) Write(w io.Writer) {
	rows := [][]string{r.cells("**Watchfire**")}
	for i := range r.Peers {
		rows = append(rows, r.Peers[i].cells(r.Peers[i].Name+": "+r.Peers[i].Rule))
	}
	table(w, []string{"on the pack", "found", "weak / medium / strong", "false a topic-week", "not on minor bursts", "precision", "minutes from start / onset / oracle", "posts out"}, rows)
	if len(r.Missed) > 0 {
		fmt.Fprintf(w, "missed: %s\n\n", strings.Join(r.Missed, " "))
	}
	WriteIncidentsPublished(w)
}

// WriteIncidentsPublished prints what formulas reached on the pack kept back.
func WriteIncidentsPublished(w io.Writer) {
	table(w, []string{"formula, on the pack kept back", "budget 0.10", "budget 0.25", "budget 0.50"}, incidentFormulas)
}

// WriteMood prints the scores of labelled files and what others reached.
func WriteMood(w io.Writer, parts []MoodPart) {
	var rows [][]string
	for i := range parts {
		p := &parts[i]
		rows = append(rows, []string{p.Part, fmt.Sprint(p.Texts), p.Six.cell(), p.Polarity.cell(), share(p.NeutralNegative), share(p.NeutralSure)})
	}
	table(w, []string{"**Watchfire** on the pack", "texts", "six emotions", "polarity", "neutral called negative", "and p > 0.7"}, rows)
	WriteMoodPublished(w)
}

func (c *Classes) cell() string {
	if c == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f / %.3f", c.Accuracy, c.F1)
}

func share(x *float64) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *x)
}

// WriteMoodPublished prints what others reached on the official tests.
func WriteMoodPublished(w io.Writer) {
	table(w, []string{"polarity, official tests", "general", "neutral called negative", "crisis", "neutral called negative"}, moodPublished)
	table(w, []string{"six emotions, official tests", "general", "crisis"}, moodSix)
	table(w, []string{"English polarity, SemEval-2017", "accuracy / macro-F1"}, moodEnglish)
}

// WritePhrases prints what a finder reached at each rate, and what the naive one did.
func WritePhrases(w io.Writer, scores []PhraseScore) {
	head := []string{"36,000 posts a day", "false a day"}
	row := []string{"**Watchfire**", ""}
	most := 0.0
	for _, s := range scores {
		most = max(most, s.FalseDaily)
		row = append(row, fmt.Sprintf("%.2f, %s min", s.Recall, minutes(s.Delay)))
	}
	row[1] = fmt.Sprintf("%.1f at most", most)
	for _, r := range PhraseRates {
		head = append(head, fmt.Sprintf("%d an hour", r))
	}
	rows := [][]string{row}
	if len(scores) == 0 {
		rows = nil
	}
	table(w, head, rows, phrasePublished)
}

// WriteBoard prints what a finder made of a stream of titles.
func WriteBoard(w io.Writer, name string, b BoardScore) {
	fmt.Fprintf(w, "%s: %d of %d events named after %s of their titles (median), %.1f topics an event, %.1f wrong topics a day\n",
		name, b.Found, b.Events, cmp.Or(minutes(b.Needed), "-"), b.PerEvent, b.WrongDaily)
}
