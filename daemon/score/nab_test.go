package score

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"watchfire/detectors"
)

// packDir finds the folder with the measured material, or skips the test.
func packDir(t testing.TB, name string) string {
	t.Helper()
	shared := os.Getenv("WATCHFIRE_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "bench", name)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is absent: this measurement needs the bench material beside the project", dir)
	}
	return dir
}

func readNAB(t testing.TB) (*NAB, string) {
	t.Helper()
	dir := packDir(t, "nab")
	n, err := ReadNAB(dir)
	if err != nil {
		t.Fatal(err)
	}
	return n, dir
}

// near fails when two figures differ by more than the vectors are exact to.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-6) {
		t.Errorf("%s = %.9f, want %.9f", what, got, want)
	}
}

func nearOrNone(t *testing.T, what string, got, want *float64) {
	t.Helper()
	if (got == nil) != (want == nil) {
		t.Errorf("%s = %v, want %v", what, got, want)
		return
	}
	if got != nil {
		near(t, what, *got, *want)
	}
}

// rowOf finds rows by their timestamps.
func rowsOf(n *NAB) map[string]map[string]int {
	out := map[string]map[string]int{}
	for _, l := range n.Series {
		out[l.Name] = map[string]int{}
		for i, r := range l.Rows {
			out[l.Name][r.Stamp] = i
		}
	}
	return out
}

func TestNABDetections(t *testing.T) {
	n, dir := readNAB(t)
	rows := rowsOf(n)
	var v struct {
		Cases []struct {
			Name       string
			Detections map[string][]string
			Expected   map[string]Figures
			Metrics    Plain
		}
	}
	if err := readJSON(filepath.Join(dir, "vectors", "detections.json"), &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range v.Cases {
		found := Detections{}
		for series, stamps := range c.Detections {
			for _, s := range stamps {
				found[series] = append(found[series], rows[series][s])
			}
		}
		for profile, want := range c.Expected {
			got := n.Score(profile, found)
			near(t, c.Name+" "+profile+" raw", got.Raw, want.Raw)
			near(t, c.Name+" "+profile+" normalised", got.Normalised, want.Normalised)
		}
		got, want := n.Plain(found), c.Metrics
		if got.Windows != want.Windows || got.Detected != want.Detected || got.False != want.False {
			t.Errorf("%s: %d of %d windows, %d false, want %d of %d, %d", c.Name, got.Detected, got.Windows, got.False, want.Detected, want.Windows, want.False)
		}
		near(t, c.Name+" recall", got.Recall, want.Recall)
		near(t, c.Name+" weeks", got.SeriesWeeks, want.SeriesWeeks)
		near(t, c.Name+" false a week", got.FalseWeekly, want.FalseWeekly)
		near(t, c.Name+" precision", got.Precision, want.Precision)
		nearOrNone(t, c.Name+" delay", got.Delay, want.Delay)
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNABWeights(t *testing.T) {
	n, dir := readNAB(t)
	series := map[string]*Labelled{}
	for _, l := range n.Series {
		series[l.Name] = l
	}
	for _, c := range readCSV(t, filepath.Join(dir, "vectors", "weights.csv")) {
		l, row, window := series[c[0]], int(number(t, c[1])), int(number(t, c[3]))
		if l.Rows[row].Stamp != c[2] || l.Window[row] != window {
			t.Errorf("%s row %d: %s in window %d, want %s in %d", c[0], row, l.Rows[row].Stamp, l.Window[row], c[2], window)
		}
		near(t, c[0]+" row "+c[1], l.Weight[row], number(t, c[4]))
	}
}

func TestNABOptimizer(t *testing.T) {
	n, dir := readNAB(t)
	rows := rowsOf(n)
	var v struct {
		Cases []struct {
			Name, File string
			Expected   map[string]struct {
				Threshold float64
				Figures
			}
		}
	}
	if err := readJSON(filepath.Join(dir, "vectors", "optimizer.json"), &v); err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Cases {
		scores := map[string][]float64{}
		for _, l := range n.Series {
			scores[l.Name] = make([]float64, len(l.Rows))
		}
		for _, line := range readCSV(t, filepath.Join(dir, filepath.FromSlash(c.File))) {
			scores[line[0]][rows[line[0]][line[1]]] = number(t, line[2])
		}
		for profile, want := range c.Expected {
			threshold, got := n.Best(profile, scores)
			near(t, c.Name+" "+profile+" threshold", threshold, want.Threshold)
			near(t, c.Name+" "+profile+" raw", got.Raw, want.Raw)
			near(t, c.Name+" "+profile+" normalised", got.Normalised, want.Normalised)
			near(t, c.Name+" "+profile+" again", n.Score(profile, Above(scores, threshold)).Raw, want.Raw)
		}
	}
}

// TestNABNoisy holds the preset for noisy counts to what it reaches on the pack, a
// little below it.
func TestNABNoisy(t *testing.T) {
	n, _ := readNAB(t)
	scores, found := n.Judge(detectors.Presets["noisy"])
	given, p := n.Score(Standard, found).Normalised, n.Plain(found)
	threshold, best := n.Best(Standard, scores)
	transfer := n.Transfer(Standard, scores).Normalised
	t.Logf("as given %.1f, best %.1f at %.2f, transfer %.1f; %d of %d windows, %.2f false a week",
		given, best.Normalised, threshold, transfer, p.Detected, p.Windows, p.FalseWeekly)
	if given < 85 || best.Normalised < 85 || transfer < 80 {
		t.Errorf("as given %.1f, best %.1f, transfer %.1f; want at least 85, 85, 80", given, best.Normalised, transfer)
	}
	if p.Detected != p.Windows || p.FalseWeekly > 0.75 {
		t.Errorf("%d of %d windows, %.2f false a week; want all, at most 0.75", p.Detected, p.Windows, p.FalseWeekly)
	}
}

// thinned keeps each post of the series with such a chance that a bucket holds so
// many on average.
func thinned(n *NAB, mean float64, seed uint64) *NAB {
	out := &NAB{Costs: n.Costs}
	r := rand.New(rand.NewPCG(seed, math.Float64bits(mean)))
	for _, l := range n.Series {
		sum := 0.0
		for _, row := range l.Rows {
			sum += row.Value
		}
		keep := mean * float64(len(l.Rows)) / sum
		thin := *l
		thin.Rows = slices.Clone(l.Rows)
		for i := range thin.Rows {
			posts := thin.Rows[i].Value
			thin.Rows[i].Value = 0
			for range int(posts) {
				if r.Float64() < keep {
					thin.Rows[i].Value++
				}
			}
		}
		out.Series = append(out.Series, &thin)
	}
	return out
}

// TestNABThinned holds that the settings serve series with few posts too.
func TestNABThinned(t *testing.T) {
	n, _ := readNAB(t)
	sum, runs := 0.0, 0.0
	for _, mean := range []float64{0.5, 1, 4} {
		for seed := range uint64(3) {
			thin := thinned(n, mean, seed)
			_, found := thin.Judge(detectors.Presets["noisy"])
			given := thin.Score(Standard, found).Normalised
			t.Logf("%v posts a bucket: %.1f", mean, given)
			sum, runs = sum+given, runs+1
		}
	}
	if sum/runs < 80 {
		t.Errorf("%.1f on average, want at least 80", sum/runs)
	}
	t.Logf("%.1f on average", sum/runs)
}

// TestNABSettings changes one setting at a time: no setting stands on an edge.
func TestNABSettings(t *testing.T) {
	n, _ := readNAB(t)
	const hour, day = time.Hour, 24 * time.Hour
	for name, change := range map[string]func(*detectors.Noisy){
		"window 4 h":   func(c *detectors.Noisy) { c.Window = 4 * hour },
		"window 5 h":   func(c *detectors.Noisy) { c.Window = 5 * hour },
		"window 7 h":   func(c *detectors.Noisy) { c.Window = 7 * hour },
		"window 8 h":   func(c *detectors.Noisy) { c.Window = 8 * hour },
		"slot 3 d":     func(c *detectors.Noisy) { c.Slot = 3 * day },
		"slot 7 d":     func(c *detectors.Noisy) { c.Slot = 7 * day },
		"level 8 h":    func(c *detectors.Noisy) { c.Level = 8 * hour },
		"level 16 h":   func(c *detectors.Noisy) { c.Level = 16 * hour },
		"scale 2 d":    func(c *detectors.Noisy) { c.Scale = 2 * day },
		"scale 7 d":    func(c *detectors.Noisy) { c.Scale = 7 * day },
		"clip 7":       func(c *detectors.Noisy) { c.Clip = 7 },
		"clip 15":      func(c *detectors.Noisy) { c.Clip = 15 },
		"floor 0.3":    func(c *detectors.Noisy) { c.Floor = 0.3 },
		"floor 3":      func(c *detectors.Noisy) { c.Floor = 3 },
		"silence 12 h": func(c *detectors.Noisy) { c.Silence = 12 * hour },
		"silence 30 h": func(c *detectors.Noisy) { c.Silence = 30 * hour },
		"again 2":      func(c *detectors.Noisy) { c.Again = 2 },
		"again never":  func(c *detectors.Noisy) { c.Again = math.Inf(1) },
		"alert 2.3":    func(c *detectors.Noisy) { c.Alert = 2.3 },
		"alert 2.5":    func(c *detectors.Noisy) { c.Alert = 2.5 },
		"alert 2.8":    func(c *detectors.Noisy) { c.Alert = 2.8 },
		"alert 3":      func(c *detectors.Noisy) { c.Alert = 3 },
	} {
		c := detectors.NewNoisy()
		change(&c)
		_, found := n.Judge(c.Judge)
		given, p := n.Score(Standard, found).Normalised, n.Plain(found)
		t.Logf("%-12s %.1f, %d of %d windows, %.2f false a week", name, given, p.Detected, p.Windows, p.FalseWeekly)
		if given < 79 {
			t.Errorf("%s: %.1f, want at least 79", name, given)
		}
	}
}
