package console

import (
	"bytes"
	cli "flag"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = cli.Bool("update", false, "write the golden files anew")

// course is a night with all that a chart can show.
func course(t testing.TB) Picture {
	t.Helper()
	points, err := (&office{}).Chart(t.Context(), "tap-water", night.Add(-7*time.Hour).Truncate(5*time.Minute), night, 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return Picture{Points: points, Bucket: 5 * time.Minute, Zone: shanghai, Now: night, Marks: []PictureMark{
		{}, {At: night.Add(-41 * time.Minute)}, {night.Add(-40 * time.Minute), markAlert}, {night.Add(-30 * time.Minute), markTick}, {night.Add(-12 * time.Minute), markStatement},
	}}
}

// TestPicture holds the picture against a golden one. Processors round differently:
// a shade more or less is the same picture.
func TestPicture(t *testing.T) {
	got, err := course(t).PNG()
	if err != nil {
		t.Fatal(err)
	}
	again, err := course(t).PNG()
	if err != nil || !bytes.Equal(got, again) {
		t.Error("the same picture gives other bytes")
	}
	file := filepath.Join("testdata", "chart.png")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := different(t, got, want); n > 0 {
		t.Errorf("%d pixels differ from %s; go test ./daemon/console -run TestPicture -update writes it anew", n, file)
	}
}

func different(t *testing.T, a, b []byte) (n int) {
	t.Helper()
	x, err1 := png.Decode(bytes.NewReader(a))
	y, err2 := png.Decode(bytes.NewReader(b))
	if err1 != nil || err2 != nil || x.Bounds() != y.Bounds() {
		t.Fatal(err1, err2)
	}
	far := func(p, q uint32) bool { return max(p, q)-min(p, q) > 8<<8 }
	for py := range x.Bounds().Dy() {
		for px := range x.Bounds().Dx() {
			r1, g1, b1, _ := x.At(px, py).RGBA()
			r2, g2, b2, _ := y.At(px, py).RGBA()
			if far(r1, r2) || far(g1, g2) || far(b1, b2) {
				n++
			}
		}
	}
	return n
}

// TestPictureOdd draws what is hardly a chart: nothing, one point, no numbers.
func TestPictureOdd(t *testing.T) {
	for name, p := range map[string]Picture{
		"nothing":    {},
		"one":        {Points: []Point{{At: night, Observed: 1, Coverage: 1}}, Bucket: time.Hour, Now: night},
		"no numbers": {Points: []Point{{At: night, Observed: math.NaN(), Negative: math.NaN(), High: math.NaN(), Low: math.NaN(), Coverage: math.NaN()}}, Bucket: time.Hour, Now: night},
		"huge":       {Points: []Point{{At: night, Observed: 1e12, High: 1e9, Coverage: 1}, {At: night.Add(time.Hour)}}, Bucket: time.Hour, Now: night},
	} {
		b, err := p.PNG()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c, _, err := image.DecodeConfig(bytes.NewReader(b))
		if err != nil || c.Width != pngWide || c.Height != pngTall {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

// TestChartPNG fetches the picture of an incident.
func TestChartPNG(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	r := w.request("GET", "/incidents/"+id+"/chart.png", nil)
	body := w.read(r, 200)
	if r.Header.Get("Content-Type") != "image/png" || len(body) > 200<<10 || !strings.HasPrefix(body, "\x89PNG") {
		t.Errorf("%s, %d bytes", r.Header.Get("Content-Type"), len(body))
	}
	w.get("/incidents/20200101-01/chart.png", 404)
}

// BenchmarkPicture draws a picture of eighty-four buckets.
func BenchmarkPicture(b *testing.B) {
	p := course(b)
	for b.Loop() {
		if _, err := p.PNG(); err != nil {
			b.Fatal(err)
		}
	}
}
