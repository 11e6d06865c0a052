package score

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// The cost profiles of the Numenta Anomaly Benchmark.
const (
	Standard = "standard"
	LowFP    = "reward_low_FP_rate"
	LowFN    = "reward_low_FN_rate"
)

// Profiles are the names of the cost profiles in the order tables show them.
var Profiles = [...]string{Standard, LowFP, LowFN}

// Costs are what a profile gives for a window found and takes for a false alarm
// and a window missed.
type Costs struct {
	TP float64 `json:"a_tp"`
	FP float64 `json:"a_fp"`
	FN float64 `json:"a_fn"`
}

// NAB is a set of series with labelled windows, in the order of their names.
type NAB struct {
	Series []*Labelled
	Costs  map[string]Costs
}

// Labelled is one series with its windows. Weight is what a detection in a row is
// worth before the profile; Window is the window the row lies in, -1 for none.
type Labelled struct {
	Name    string
	Rows    []Row
	Windows [][2]int // first and last row, both inside
	Weight  []float64
	Window  []int
	Trial   int // rows of the probation, which count for nothing
}

// ReadNAB reads a pack: data, windows.json and profiles.json.
func ReadNAB(dir string) (*NAB, error) {
	n := &NAB{}
	if err := readJSON(filepath.Join(dir, "profiles.json"), &n.Costs); err != nil {
		return nil, err
	}
	for _, p := range Profiles {
		if _, ok := n.Costs[p]; !ok {
			return nil, fmt.Errorf("%s: profile %s is missing", filepath.Join(dir, "profiles.json"), p)
		}
	}
	var windows map[string][][2]string
	if err := readJSON(filepath.Join(dir, "windows.json"), &windows); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(windows)) {
		l, err := readLabelled(filepath.Join(dir, "data", name+".csv"), windows[name])
		if err != nil {
			return nil, err
		}
		l.Name = name
		n.Series = append(n.Series, l)
	}
	if len(n.Series) == 0 {
		return nil, fmt.Errorf("%s: no series", filepath.Join(dir, "windows.json"))
	}
	return n, nil
}

func readJSON(path string, to any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read a pack: %w", err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

func readLabelled(path string, windows [][2]string) (*Labelled, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read a pack: %w", err)
	}
	defer file.Close()
	rows, err := ReadRows(path, file)
	if err != nil {
		return nil, err
	}
	l := &Labelled{Rows: rows}
	at := make(map[string]int, len(rows))
	for i, r := range rows {
		at[r.Stamp] = i
	}
	for _, w := range windows {
		first, ok := at[w[0]]
		last, too := at[w[1]]
		if !ok || !too || last < first {
			return nil, fmt.Errorf("%s: window %s to %s is not in the series", path, w[0], w[1])
		}
		l.Windows = append(l.Windows, [2]int{first, last})
	}
	l.weigh()
	return l, nil
}

// weigh fills in what a detection in each row is worth: from 1 in the first row
// of a window to almost nothing in its last, and down to -1 beyond it.
func (l *Labelled) weigh() {
	sigmoid := func(y float64) float64 { return 2/(1+math.Exp(5*y)) - 1 }
	n := len(l.Rows)
	l.Trial = min(n*15/100, 750)
	l.Weight, l.Window = make([]float64, n), make([]int, n)
	k := 0 // windows that have begun
	for i := range n {
		if k < len(l.Windows) && i >= l.Windows[k][0] {
			k++
		}
		l.Weight[i], l.Window[i] = -1, -1
		if k == 0 {
			continue
		}
		first, last := l.Windows[k-1][0], l.Windows[k-1][1]
		if i <= last {
			l.Window[i] = k - 1
			l.Weight[i] = sigmoid(-float64(last-i+1)/float64(last-first+1)) / sigmoid(-1)
			continue
		}
		if y := float64(i-last) / float64(last-first); y <= 3 {
			l.Weight[i] = sigmoid(y)
		}
	}
}

// Detections are the rows at which a detector spoke, by the name of the series.
type Detections map[string][]int

// Figures are what a detector reached under one profile: the raw sum, and the
// same from 0 for silence to 100 for the first row of every window.
type Figures struct {
	Raw        float64 `json:"raw"`
	Normalised float64 `json:"normalised"`
}

// Plain are metrics that need no weights. A false episode is a run of detections
// at most an hour of rows apart of which none lies in a window.
type Plain struct {
	Windows     int      `json:"windows"`
	Detected    int      `json:"detected"`
	Recall      float64  `json:"recall"`
	False       int      `json:"false_episodes"`
	SeriesWeeks float64  `json:"series_weeks"`
	FalseWeekly float64  `json:"false_per_series_week"`
	Precision   float64  `json:"precision"`
	Delay       *float64 `json:"median_hours_from_window_start"`
}

// windows is the number of windows of all series.
func (n *NAB) windows() int {
	k := 0
	for _, l := range n.Series {
		k += len(l.Windows)
	}
	return k
}

func (n *NAB) figures(raw float64, c Costs) Figures {
	k := float64(n.windows())
	if k == 0 {
		return Figures{Raw: raw}
	}
	return Figures{Raw: raw, Normalised: 100 * (raw + c.FN*k) / (c.TP*k + c.FN*k)}
}

// Score judges detections under one profile.
func (n *NAB) Score(profile string, found Detections) Figures {
	c := n.Costs[profile]
	t := newTotal(n, c)
	for s, l := range n.Series {
		rows := slices.Clone(found[l.Name])
		slices.Sort(rows)
		for _, i := range slices.Compact(rows) {
			t.add(s, i)
		}
	}
	return n.figures(t.raw, c)
}

// total is the raw sum as detections are added, each row once.
type total struct {
	n    *NAB
	c    Costs
	raw  float64
	best [][]float64 // by series and window: what it adds to the sum so far
}

func newTotal(n *NAB, c Costs) *total {
	t := &total{n: n, c: c, best: make([][]float64, len(n.Series))}
	for s, l := range n.Series {
		t.best[s] = make([]float64, len(l.Windows))
		for k := range t.best[s] {
			t.best[s][k] = -c.FN
			t.raw -= c.FN
		}
	}
	return t
}

func (t *total) add(series, row int) {
	l := t.n.Series[series]
	if row < l.Trial || row >= len(l.Rows) {
		return
	}
	k := l.Window[row]
	if k < 0 {
		t.raw += t.c.FP * l.Weight[row]
		return
	}
	if v := t.c.TP * l.Weight[row]; v > t.best[series][k] {
		t.raw += v - t.best[series][k]
		t.best[series][k] = v
	}
}

// NoThreshold is the threshold that stands for "no detection at all".
const NoThreshold = 1.1

// Best finds the single threshold on anomaly scores, one a row and series, that
// earns most under a profile; the highest one among equals.
func (n *NAB) Best(profile string, scores map[string][]float64) (threshold float64, f Figures) {
	type at struct {
		score       float64
		series, row int
	}
	var all []at
	for s, l := range n.Series {
		for i, v := range scores[l.Name] {
			if i >= l.Trial && i < len(l.Rows) {
				all = append(all, at{v, s, i})
			}
		}
	}
	slices.SortFunc(all, func(a, b at) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.series, b.series), cmp.Compare(a.row, b.row))
	})
	c := n.Costs[profile]
	t := newTotal(n, c)
	threshold, best := NoThreshold, t.raw
	for i, a := range all {
		t.add(a.series, a.row)
		if i+1 < len(all) && all[i+1].score == a.score {
			continue
		}
		if t.raw > best {
			threshold, best = a.score, t.raw
		}
	}
	return threshold, n.figures(best, c)
}

// Above returns the rows whose score reaches the threshold.
func Above(scores map[string][]float64, threshold float64) Detections {
	d := Detections{}
	for name, of := range scores {
		for i, v := range of {
			if v >= threshold {
				d[name] = append(d[name], i)
			}
		}
	}
	return d
}

// hourOfRows is an hour in rows of five minutes.
const hourOfRows = 12

// Plain counts windows found and false episodes.
func (n *NAB) Plain(found Detections) Plain {
	p := Plain{Windows: n.windows()}
	var delays []float64
	for _, l := range n.Series {
		p.SeriesWeeks += float64(len(l.Rows)-l.Trial) / (7 * 24 * hourOfRows)
		rows := slices.Clone(found[l.Name])
		slices.Sort(rows)
		rows = slices.DeleteFunc(rows, func(i int) bool { return i < l.Trial || i >= len(l.Rows) })
		hit := map[int]bool{}
		for i, row := range rows {
			k := l.Window[row]
			if k >= 0 && !hit[k] {
				hit[k] = true
				delays = append(delays, float64(row-l.Windows[k][0])/hourOfRows)
			}
			if i+1 == len(rows) || rows[i+1]-row > hourOfRows {
				if !episodeHits(l, rows[:i+1]) {
					p.False++
				}
			}
		}
		p.Detected += len(hit)
	}
	p.Recall = ratio(p.Detected, p.Windows)
	p.FalseWeekly = float64(p.False) / p.SeriesWeeks
	p.Precision = ratio(p.Detected, p.Detected+p.False)
	p.Delay = median(delays)
	return p
}

// episodeHits says whether any detection of the episode that ends with the last
// row lies in a window.
func episodeHits(l *Labelled, rows []int) bool {
	for i, row := range slices.Backward(rows) {
		if i+1 < len(rows) && rows[i+1]-row > hourOfRows {
			return false
		}
		if l.Window[row] >= 0 {
			return true
		}
	}
	return false
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// median returns nil of nothing.
func median(x []float64) *float64 {
	if len(x) == 0 {
		return nil
	}
	x = slices.Clone(x)
	slices.Sort(x)
	m := (x[(len(x)-1)/2] + x[len(x)/2]) / 2
	return &m
}
