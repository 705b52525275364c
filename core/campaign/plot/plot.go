// Package plot draws the figures of a campaign as SVG, with gonum's plotter. The
// pictures stand alone, and where they are put into a page they take its colours.
package plot

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"peel/core/campaign"
)

// The picture, in points.
const (
	width      = 520
	height     = 330 // without its legend
	legendLine = 17
	margin     = 8
)

// SVG draws a figure.
func SVG(f *campaign.Figure) (string, error) {
	p := plot.New()
	style(p, f)
	legend := plot.NewLegend()
	legend.TextStyle.Font = sans(11)
	legend.TextStyle.Color = ink
	legend.Top, legend.Left = true, true
	legend.Padding = 2
	legend.ThumbnailWidth = 26
	entries := 0
	for i := range f.Series {
		thumbs, err := add(p, f, i)
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.ID, err)
		}
		if len(thumbs) > 0 {
			legend.Add(f.Series[i].Name, thumbs...)
			entries++
		}
	}
	if entries == 0 {
		return "", fmt.Errorf("%s: there is no point that its axes can show", f.ID)
	}
	below := vg.Length(entries*legendLine + margin)
	canvas := vgsvg.NewWith(vgsvg.UseWH(width, height+below))
	whole := draw.New(canvas)
	whole.SetColor(panel)
	whole.Fill(whole.Rectangle.Path())
	widen(&p.X, f.X)
	widen(&p.Y, f.Y)
	p.Draw(draw.Crop(whole, margin, -2*margin, below, -margin))
	legend.Draw(draw.Crop(whole, 4*margin, 0, 0, -height))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	return finish(b.String(), f), nil
}

// style prepares the axes.
func style(p *plot.Plot, f *campaign.Figure) {
	p.BackgroundColor = nil
	for _, a := range []struct {
		axis *plot.Axis
		is   campaign.Axis
		at   []float64
	}{{&p.X, f.X, distinct(f)}, {&p.Y, f.Y, nil}} {
		a.axis.Label.Text = a.is.Label
		a.axis.Label.TextStyle.Font = sans(12)
		a.axis.Label.TextStyle.Color = ink
		a.axis.Label.Padding = 4
		a.axis.Tick.Label.Font = sans(10)
		a.axis.Tick.Label.Color = soft
		a.axis.Tick.Color, a.axis.Color = soft, soft
		a.axis.Tick.Length = 5
		switch {
		case a.at != nil:
			a.axis.Tick.Marker = at(a.at)
		case a.is.Log:
			a.axis.Tick.Marker = plot.TickerFunc(decades)
		default:
			a.axis.Tick.Marker = plot.TickerFunc(steps)
		}
		if a.is.Log {
			a.axis.Scale = plot.LogScale{}
		}
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = line, line
	p.Add(grid)
}

// widen leaves room beside the outermost points.
func widen(a *plot.Axis, is campaign.Axis) {
	switch {
	case is.Share:
		a.Min, a.Max = 0, 1.02
	case is.Log:
		by := math.Pow(a.Max/a.Min, 0.04)
		if by == 1 {
			by = 1.5
		}
		a.Min, a.Max = a.Min/by, a.Max*by
	default:
		by := 0.04 * (a.Max - a.Min)
		if by == 0 {
			by = 0.5
		}
		a.Min, a.Max = a.Min-by, a.Max+by
	}
}

// distinct returns the values on the first axis where they are few, to mark each.
func distinct(f *campaign.Figure) []float64 {
	var all []float64
	for _, s := range f.Series {
		for _, pt := range s.Points {
			if shown(f.X, pt.X) && !s.Bound {
				all = append(all, pt.X)
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) == 0 || len(all) > 9 {
		return nil
	}
	for i, v := range all[1:] { // their names would run into each other
		gap := (v - all[i]) / (all[len(all)-1] - all[0])
		if f.X.Log {
			gap = math.Log(v/all[i]) / math.Log(all[len(all)-1]/all[0])
		}
		if gap < 0.06 {
			return nil
		}
	}
	return all
}

// shown reports whether an axis can show a value.
func shown(a campaign.Axis, v float64) bool {
	return !math.IsInf(v, 0) && !math.IsNaN(v) && (!a.Log || v > 0)
}

// points is a series with its ranges, as gonum's error bars want it.
type points []campaign.Point

func (p points) Len() int                    { return len(p) }
func (p points) XY(i int) (x, y float64)     { return p[i].X, p[i].Y }
func (p points) YError(i int) (l, h float64) { return p[i].Y - p[i].Low, p[i].High - p[i].Y }

// add draws one series, and returns what stands for it in the legend.
func add(p *plot.Plot, f *campaign.Figure, i int) ([]plot.Thumbnailer, error) {
	s := &f.Series[i]
	var all, whole, over points
	for _, pt := range s.Points {
		if !shown(f.X, pt.X) || !shown(f.Y, pt.Y) {
			continue
		}
		if !shown(f.Y, pt.Low) {
			pt.Low = pt.Y
		}
		if !shown(f.Y, pt.High) {
			pt.High = pt.Y
		}
		all = append(all, pt)
		if pt.Over {
			over = append(over, pt)
		} else {
			whole = append(whole, pt)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	curve, err := plotter.NewLine(all)
	if err != nil {
		return nil, err
	}
	colour, dashes := look(i)
	curve.Color, curve.Width, curve.Dashes = colour, 1.4, dashes
	if s.Bound {
		curve.Color, curve.Dashes = soft, []vg.Length{2, 3}
		p.Add(curve)
		return []plot.Thumbnailer{curve}, nil
	}
	bars, err := plotter.NewYErrorBars(all)
	if err != nil {
		return nil, err
	}
	bars.Color, bars.Width, bars.CapWidth = colour, 0.8, 4
	p.Add(curve, bars)
	thumbs := []plot.Thumbnailer{curve}
	for _, d := range []struct {
		points
		shape draw.GlyphDrawer
	}{{whole, draw.CircleGlyph{}}, {over, draw.RingGlyph{}}} {
		if len(d.points) == 0 {
			continue
		}
		dots, err := plotter.NewScatter(d.points)
		if err != nil {
			return nil, err
		}
		dots.Shape, dots.Color, dots.Radius = d.shape, colour, 2.8
		p.Add(dots)
		if len(thumbs) == 1 {
			thumbs = append(thumbs, dots)
		}
	}
	return thumbs, nil
}

func sans(size float64) font.Font {
	return font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, vg.Length(size))
}

// finish names the picture for those who cannot see it, and lets a page's colours
// take the place of the picture's own.
func finish(svg string, f *campaign.Figure) string {
	for _, c := range names {
		own := fmt.Sprintf("#%02X%02X%02X", c.is.R, c.is.G, c.is.B)
		svg = strings.ReplaceAll(svg, own, fmt.Sprintf("var(--%s, %s)", c.name, strings.ToLower(own)))
	}
	svg = strings.ReplaceAll(svg, "font-family:Liberation Sans;", "font-family:'Liberation Sans',Arial,sans-serif;")
	start := strings.Index(svg, "<svg ")
	end := strings.Index(svg[start:], ">") + start + 1
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="%s" role="img">`+"\n<title>%s</title>", viewBox(svg[start:end]), html.EscapeString(f.Title))
	return head + svg[end:]
}

func viewBox(tag string) string {
	_, rest, _ := strings.Cut(tag, `viewBox="`)
	box, _, _ := strings.Cut(rest, `"`)
	return box
}
