package console

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"watchfire/crisis"
)

// Picture is a chart for where no page can be: mails and reports. It has no words but
// digits; what stands around it says what they count.
type Picture struct {
	Points []Point
	Bucket time.Duration
	Zone   *time.Location
	Now    time.Time   // a bucket that has not ended by then is drawn apart
	Marks  []time.Time // moments shown by a red line
}

// Measures of a picture in pixels: twice those of the page, for sharp print.
const (
	pngWide   = 1280
	pngTall   = 420
	pngLeft   = 84.0
	pngRight  = 1264.0
	pngTop    = 26.0
	pngBottom = 360.0
	pngText   = 24
)

// The colours are those of the page by day.
var (
	pngPaper  = color.RGBA{255, 255, 255, 255}
	pngInk    = color.RGBA{91, 100, 112, 255}
	pngRule   = color.RGBA{220, 217, 209, 255}
	pngBand   = color.RGBA{207, 224, 211, 255}
	pngMiddle = color.RGBA{79, 125, 93, 255}
	pngBars   = color.RGBA{125, 143, 165, 255}
	pngPart   = color.RGBA{223, 228, 234, 255}
	pngLoud   = color.RGBA{194, 84, 10, 255}
	pngNeg    = color.RGBA{122, 20, 32, 255}
	pngBlind  = color.RGBA{243, 237, 250, 255}
	pngHatch  = color.RGBA{106, 75, 145, 255}
	pngMark   = color.RGBA{179, 21, 31, 255}
)

// digits is the typeface of the axes.
var digits = func() *opentype.Font {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic("console: the embedded typeface is broken: " + err.Error()) // unreachable: it is part of the program
	}
	return f
}()

// drawing is a picture being made.
type drawing struct {
	img  *image.RGBA
	face font.Face
	pic  Picture
	top  float64 // the greatest count on the axis
}

// PNG draws the picture; the same picture gives the same bytes on one machine.
func (p Picture) PNG() ([]byte, error) {
	p.Points = slices.Clone(p.Points)
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	face, err := opentype.NewFace(digits, &opentype.FaceOptions{Size: pngText, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	d := drawing{img: image.NewRGBA(image.Rect(0, 0, pngWide, pngTall)), face: face, pic: p, top: 4}
	draw.Draw(d.img, d.img.Bounds(), image.NewUniform(pngPaper), image.Point{}, draw.Src)
	for i := range d.pic.Points {
		x := &d.pic.Points[i]
		for _, n := range []*float64{&x.Observed, &x.Negative, &x.Expected, &x.Low, &x.High, &x.Coverage} {
			if math.IsNaN(*n) || math.IsInf(*n, 0) {
				*n = 0
			}
		}
		d.top = max(d.top, x.Observed, x.High)
	}
	step := niceStep(d.top / 3)
	d.top = math.Ceil(d.top/step) * step
	if len(p.Points) > 0 {
		d.band()
		d.blind()
		d.bars()
		d.middle()
	}
	d.axes(step)
	var b bytes.Buffer
	if err := png.Encode(&b, d.img); err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	return b.Bytes(), nil
}

func (d *drawing) x(i float64) float64 {
	return pngLeft + i/float64(len(d.pic.Points))*(pngRight-pngLeft)
}

func (d *drawing) y(v float64) float64 {
	return pngBottom - max(0, min(v, d.top))/d.top*(pngBottom-pngTop)
}

// fill paints the area within a line of points.
func (d *drawing) fill(c color.Color, points ...[2]float64) {
	least, most := points[0], points[0]
	for _, p := range points {
		least = [2]float64{min(least[0], p[0]), min(least[1], p[1])}
		most = [2]float64{max(most[0], p[0]), max(most[1], p[1])}
	}
	// Only as much as the shape covers is worked on: there are hundreds of small ones.
	area := image.Rect(int(math.Floor(least[0])), int(math.Floor(least[1])), int(math.Ceil(most[0])), int(math.Ceil(most[1]))).Intersect(d.img.Bounds())
	if area.Empty() {
		return
	}
	z := vector.NewRasterizer(area.Dx(), area.Dy())
	for i, p := range points {
		x, y := float32(p[0]-float64(area.Min.X)), float32(p[1]-float64(area.Min.Y))
		if i == 0 {
			z.MoveTo(x, y)
		} else {
			z.LineTo(x, y)
		}
	}
	z.ClosePath()
	z.Draw(d.img, area, image.NewUniform(c), image.Point{})
}

func (d *drawing) box(c color.Color, x1, y1, x2, y2 float64) {
	d.fill(c, [2]float64{x1, y1}, [2]float64{x2, y1}, [2]float64{x2, y2}, [2]float64{x1, y2})
}

func (d *drawing) band() {
	var up, down [][2]float64
	known := false
	for i, p := range d.pic.Points {
		known = known || p.High > 0
		at := d.x(float64(i) + 0.5)
		up = append(up, [2]float64{at, d.y(p.High)})
		down = append([][2]float64{{at, d.y(p.Low)}}, down...)
	}
	if known {
		d.fill(pngBand, append(up, down...)...)
	}
}

// blind hatches what was not seen, more thinly what was seen in part.
func (d *drawing) blind() {
	for i, p := range d.pic.Points {
		kind := sight(p.Coverage)
		if kind == "seen" {
			continue
		}
		x1, x2, line := d.x(float64(i)), d.x(float64(i)+1), 3
		if kind == "blind" {
			d.box(pngBlind, x1, pngTop, x2, pngBottom)
			line = 6
		}
		for x := int(math.Round(x1)); x < int(math.Round(x2)); x++ {
			for y := int(pngTop); y < int(pngBottom); y++ {
				if (x+y)%16 < line {
					d.img.Set(x, y, pngHatch)
				}
			}
		}
	}
}

func (d *drawing) bars() {
	all := d.pic.Points
	gap := min((pngRight-pngLeft)/float64(len(all))*0.18, 4)
	for i, p := range all {
		x1, x2 := d.x(float64(i))+gap/2, d.x(float64(i)+1)-gap/2
		filling := i == len(all)-1 && p.At.Add(d.pic.Bucket).After(d.pic.Now)
		c := pngBars
		switch {
		case filling:
			c = pngPart
		case p.High > 0 && p.Observed > p.High:
			c = pngLoud
		}
		if p.Observed > 0 {
			d.box(c, x1, d.y(p.Observed), x2, pngBottom)
		}
		if bad := min(p.Negative, p.Observed); bad > 0 && !filling {
			d.box(pngNeg, x1, d.y(bad), x2, pngBottom)
		}
	}
}

// middle dashes what is expected: every other half of a bucket.
func (d *drawing) middle() {
	for i, p := range d.pic.Points {
		if p.High > 0 {
			y := d.y(p.Expected)
			d.box(pngMiddle, d.x(float64(i)+0.25), y-1.5, d.x(float64(i)+0.75), y+1.5)
		}
	}
}

// axes writes counts and times, and the moments.
func (d *drawing) axes(step float64) {
	for v := step; v <= d.top+step/2; v += step {
		d.box(pngRule, pngLeft, d.y(v)-0.5, pngRight, d.y(v)+0.5)
		d.write(number(v), pngLeft-10, d.y(v)+8, 1)
	}
	d.box(pngInk, pngLeft, pngBottom, pngRight, pngBottom+2)
	n := len(d.pic.Points)
	if n == 0 {
		return
	}
	from, whole := d.pic.Points[0].At, time.Duration(n)*d.pic.Bucket
	place := func(at time.Time) float64 {
		return pngLeft + float64(at.Sub(from))/float64(whole)*(pngRight-pngLeft)
	}
	for _, at := range roundTimes(from, whole, d.pic.Zone) {
		local, text := at.In(d.pic.Zone), at.In(d.pic.Zone).Format("15:04")
		if local.Hour() == 0 && local.Minute() == 0 {
			text = strconv.Itoa(int(local.Month())) + "-" + strconv.Itoa(local.Day())
		}
		d.box(pngInk, place(at)-1, pngBottom, place(at)+1, pngBottom+10)
		d.write(text, place(at), pngBottom+38, 0.5)
	}
	for _, at := range d.pic.Marks {
		if x := place(at); x >= pngLeft && x <= pngRight {
			d.box(pngMark, x-1.5, pngTop, x+1.5, pngBottom)
		}
	}
}

// write puts digits so that share of their width lies left of x.
func (d *drawing) write(text string, x, y, share float64) {
	w := font.Drawer{Dst: d.img, Src: image.NewUniform(pngInk), Face: d.face}
	left := x - share*float64(w.MeasureString(text))/64
	w.Dot = fixed.Point26_6{X: fixed.Int26_6(math.Round(left * 64)), Y: fixed.Int26_6(math.Round(y * 64))}
	w.DrawString(text)
}

// IncidentPicture draws the course of an incident, with when it happened, was noticed
// and was closed.
func (c *Console) IncidentPicture(ctx context.Context, in *crisis.Incident) ([]byte, error) {
	points, bucket, err := c.incidentPoints(ctx, in)
	if err != nil {
		return nil, err
	}
	return Picture{Points: points, Bucket: bucket, Zone: c.Zone, Now: c.Now(), Marks: []time.Time{in.Happened, in.Opened, in.Closed}}.PNG()
}

// chartPNG serves the chart of an incident as a picture.
func (c *Console) chartPNG(w http.ResponseWriter, r *http.Request, _ *visit) error {
	in, err := c.readIncident(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	body, err := c.IncidentPicture(r.Context(), &in)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // the reader has gone away: there is nobody to tell
	return nil
}
