package plot

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

func rgb(r, g, b uint8) color.RGBA { return color.RGBA{r, g, b, 255} }

var (
	ink   = rgb(0x12, 0x20, 0x1a)
	soft  = rgb(0x4c, 0x5f, 0x55)
	line  = rgb(0xcf, 0xda, 0xcf)
	panel = rgb(0xff, 0xff, 0xff)
)

// series are the colours of lines, one after another.
var series = []color.RGBA{
	rgb(0xe8, 0x65, 0x0a), rgb(0x3f, 0x6f, 0xd8), rgb(0x6f, 0x9a, 0x1b), rgb(0x8a, 0x55, 0xb8),
	rgb(0x0e, 0x8a, 0x7d), rgb(0xd1, 0x9a, 0x00), rgb(0xb3, 0x26, 0x1e),
}

// names are those of the site's styles for the same colours on a light table.
var names = []struct {
	name string
	is   color.RGBA
}{
	{"ink", ink}, {"soft", soft}, {"line", line}, {"panel", panel},
	{"p-signature", series[0]}, {"p-subspace", series[1]}, {"p-output", series[2]}, {"p-verify", series[3]},
	{"p-critical", series[4]}, {"p-sign", series[5]}, {"bad", series[6]},
}

// look is the colour and the dashes of a series: dashes tell those of one colour apart.
func look(i int) (color.RGBA, []vg.Length) {
	var dashes []vg.Length
	switch i / len(series) % 3 {
	case 1:
		dashes = []vg.Length{6, 3}
	case 2:
		dashes = []vg.Length{1, 2}
	}
	return series[i%len(series)], dashes
}
