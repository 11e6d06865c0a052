package score

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

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
