package console

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"sync"

	"golang.org/x/image/vector"
)

// The sign is that of assets/icon.svg, in a square of 24 units: a fire on a tower.
var (
	signGround = color.RGBA{0x1b, 0x24, 0x30, 255}
	signFire   = color.RGBA{0xff, 0x8a, 0x3d, 255}
	signTower  = color.RGBA{0xf2, 0xed, 0xe4, 255}
)

// stroke is a part of an outline: to a point, by a curve with two control points or
// straight when there is only the point.
type stroke []float32

var (
	fireFrom = stroke{12, 3}
	fire     = []stroke{
		{13, 6, 16, 7.2, 16, 10.5},
		{16, 12.709, 14.209, 14.5, 12, 14.5}, // a quarter of a circle, and the next
		{9.791, 14.5, 8, 12.709, 8, 10.5},
		{8, 9, 8.7, 8, 9.5, 7.2},
		{9.7, 8.2, 10.3, 8.8, 11, 9.1},
		{11, 6.8, 10.9, 5, 12, 3},
	}
	towerFrom = stroke{8.5, 15.5}
	tower     = []stroke{{15.5, 15.5}, {16.9, 21}, {7.1, 21}}
	roundFrom = stroke{5, 0}
	round     = []stroke{
		{19, 0},
		{21.761, 0, 24, 2.239, 24, 5},
		{24, 19},
		{24, 21.761, 21.761, 24, 19, 24},
		{5, 24},
		{2.239, 24, 0, 21.761, 0, 19},
		{0, 5},
		{0, 2.239, 2.239, 0, 5, 0},
	}
)

// icons are the sign as pictures, by the names of the assets, for the systems that take no
// SVG: as it is, to be cut to any shape, for iOS, and as the outline of a notification.
var icons = sync.OnceValues(func() (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, x := range []struct {
		name  string
		size  int
		scale float32 // of the sign within the picture
		kind  string
	}{
		{"icon-192.png", 192, 1, "round"},
		{"icon-512.png", 512, 1, "round"},
		{"icon-mask-512.png", 512, 0.72, "square"},
		{"icon-180.png", 180, 0.86, "square"},
		{"badge-96.png", 96, 1.2, "outline"},
	} {
		p := sign{image.NewRGBA(image.Rect(0, 0, x.size, x.size)), float32(x.size) / 24, x.scale}
		switch x.kind {
		case "round":
			p.fill(roundFrom, round, signGround)
		case "square":
			draw.Draw(p.img, p.img.Bounds(), image.NewUniform(signGround), image.Point{}, draw.Src)
		}
		if x.kind == "outline" {
			p.fill(fireFrom, fire, color.White)
			p.fill(towerFrom, tower, color.White)
		} else {
			p.fill(fireFrom, fire, signFire)
			p.fill(towerFrom, tower, signTower)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, p.img); err != nil {
			return nil, err
		}
		out[x.name] = b.Bytes()
	}
	return out, nil
})

// sign is a picture of the sign being made.
type sign struct {
	img   *image.RGBA
	unit  float32 // pixels
	scale float32
}

// at is where a point of the sign lies in the picture; the middle stays.
func (p sign) at(x, y float32) (float32, float32) {
	return (12 + (x-12)*p.scale) * p.unit, (12 + (y-12)*p.scale) * p.unit
}

// fill fills an outline.
func (p sign) fill(from stroke, by []stroke, c color.Color) {
	b := p.img.Bounds()
	z := vector.NewRasterizer(b.Dx(), b.Dy())
	z.MoveTo(p.at(from[0], from[1]))
	for _, s := range by {
		if len(s) == 2 {
			z.LineTo(p.at(s[0], s[1]))
			continue
		}
		bx, by := p.at(s[0], s[1])
		cx, cy := p.at(s[2], s[3])
		dx, dy := p.at(s[4], s[5])
		z.CubeTo(bx, by, cx, cy, dx, dy)
	}
	z.ClosePath()
	z.Draw(p.img, b, image.NewUniform(c), image.Point{})
}
