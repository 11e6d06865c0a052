package console

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"slices"
	"strconv"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// Picture is a chart for where no page can be: mails and reports. It has no words but
// digits; what stands around it says what they count.
type Picture struct {
	Points []Point
	Bucket time.Duration
	Zone   *time.Location
	Now    time.Time // a bucket that has not ended by then is drawn apart
	Marks  []PictureMark
	Share  bool // the counts are shares in percent: drawn as a line, where they are numbers
}

// PictureMark is a moment in a picture: a line when Kind is empty, else the sign of an
// alert, a statement or a tick.
type PictureMark struct {
	At   time.Time
	Kind string
}

// Measures of a picture in pixels: twice those of the page, for sharp print.
const (
	pngWide   = 1280
	pngTall   = 440
	pngLeft   = 84.0
	pngRight  = 1264.0
	pngTop    = 64.0
	pngBottom = 384.0
	pngText   = 24
)

// The colours are those of the page by day: Okabe and Ito's, which people who see
// fewer colours can tell apart. (Okabe, Ito: Color Universal Design, 2008.)
var (
	pngPaper  = color.RGBA{255, 255, 255, 255}
	pngInk    = color.RGBA{91, 100, 112, 255}
	pngRule   = color.RGBA{220, 217, 209, 255}
	pngBand   = color.RGBA{191, 231, 220, 255}
	pngMiddle = color.RGBA{0, 158, 115, 255}
	pngBars   = color.RGBA{0, 114, 178, 255}
	pngPart   = color.RGBA{184, 208, 224, 255}
	pngLoud   = color.RGBA{213, 94, 0, 255}
	pngNeg    = color.RGBA{0, 0, 0, 255}
	pngHatch  = color.RGBA{150, 129, 178, 255}
	pngMark   = color.RGBA{204, 121, 167, 255}
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
		if p.Share && math.IsNaN(x.Observed) {
			x.Observed = -1 // no share
		}
		for _, n := range []*float64{&x.Observed, &x.Negative, &x.Expected, &x.Low, &x.High, &x.Coverage} {
			if math.IsNaN(*n) || math.IsInf(*n, 0) {
				*n = 0
			}
		}
		d.top = max(d.top, x.Observed, x.High)
	}
	step := niceStep(d.top / 3)
	d.top = math.Ceil(d.top/step) * step
	if p.Share {
		d.top, step = 100, 50
	}
	if len(p.Points) > 0 {
		d.band()
		d.blind()
		if p.Share {
			d.line()
		} else {
			d.bars()
		}
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
	for i, p := range d.pic.Points {
		if p.High > 0 {
			d.box(pngBand, math.Round(d.x(float64(i))), d.y(p.High), math.Round(d.x(float64(i)+1)), d.y(p.Low))
		}
	}
}

// blind hatches what was not seen, more thinly what was seen in part.
func (d *drawing) blind() {
	for i, p := range d.pic.Points {
		kind := sight(p.Coverage)
		if kind == "seen" {
			continue
		}
		x1, x2, line := d.x(float64(i)), d.x(float64(i)+1), 2
		if kind == "blind" {
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

// line joins the shares, with a dot for each and a large one above what is usual.
func (d *drawing) line() {
	const half = 1.8
	for i, p := range d.pic.Points {
		if p.Observed < 0 {
			continue
		}
		x, y := d.x(float64(i)+0.5), d.y(p.Observed)
		if i > 0 && d.pic.Points[i-1].Observed >= 0 {
			x0, y0 := d.x(float64(i)-0.5), d.y(d.pic.Points[i-1].Observed)
			long := math.Hypot(x-x0, y-y0)
			dx, dy := (y-y0)/long*half, (x-x0)/long*half
			d.fill(pngNeg, [2]float64{x0 + dx, y0 - dy}, [2]float64{x + dx, y - dy}, [2]float64{x - dx, y + dy}, [2]float64{x0 - dx, y0 + dy})
		}
	}
	for i, p := range d.pic.Points {
		switch {
		case p.Observed < 0:
		case p.High > 0 && p.Observed > p.High:
			d.disc(pngLoud, d.x(float64(i)+0.5), d.y(p.Observed), 8)
		default:
			d.disc(pngNeg, d.x(float64(i)+0.5), d.y(p.Observed), 5)
		}
	}
}

func (d *drawing) disc(c color.Color, x, y, r float64) {
	var around [][2]float64
	for k := range 24 {
		sin, cos := math.Sincos(float64(k) / 12 * math.Pi)
		around = append(around, [2]float64{x + r*cos, y + r*sin})
	}
	d.fill(c, around...)
}

// sign draws what happened above the bars: each kind has a shape of its own.
func (d *drawing) sign(kind string, x float64) {
	const high, low = 20.0, 46.0
	switch kind {
	case markAlert:
		d.fill(pngLoud, [2]float64{x, high - 11}, [2]float64{x + 13, high + 11}, [2]float64{x - 13, high + 11})
	case markStatement:
		d.fill(pngBars, [2]float64{x, high - 13}, [2]float64{x + 13, high}, [2]float64{x, high + 13}, [2]float64{x - 13, high})
	case markTick:
		d.fill(pngMiddle, [2]float64{x - 11, low}, [2]float64{x - 7, low - 4}, [2]float64{x - 3, low}, [2]float64{x + 8, low - 11}, [2]float64{x + 12, low - 7}, [2]float64{x - 3, low + 8})
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
		text := number(v)
		if d.pic.Share {
			text += "%"
		}
		d.write(text, pngLeft-10, d.y(v)+8, 1)
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
	for _, m := range d.pic.Marks {
		switch x := place(m.At); {
		case x < pngLeft || x > pngRight:
		case m.Kind == markLine:
			d.box(pngMark, x-1.5, pngTop, x+1.5, pngBottom)
		default:
			d.sign(m.Kind, x)
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
