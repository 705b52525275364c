package campaign

// Figure is a figure as data: a picture of it is for package plot.
type Figure struct {
	ID     string   `json:"id"` // of its part, then what it shows
	Title  string   `json:"title"`
	About  string   `json:"about"`
	X      Axis     `json:"x"`
	Y      Axis     `json:"y"`
	Series []Series `json:"series"`
}

// Axis is one axis of a figure.
type Axis struct {
	Label string `json:"label"`
	Log   bool   `json:"log,omitempty"`   // points that are not positive are left out
	Share bool   `json:"share,omitempty"` // from 0 to 1
}

// Series is one line of a figure.
type Series struct {
	Name   string  `json:"name"`
	Points []Point `json:"points"`
	// Bound says that it is no measurement but what nothing can be below.
	Bound bool `json:"bound,omitempty"`
}

// Point is the median over seeds, with the range.
type Point struct {
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	Runs int     `json:"runs"`
	// Over says that runs were stopped, so that Y or High is more than this.
	Over bool `json:"over,omitempty"`
}

// empty reports whether there is nothing to draw.
func (f *Figure) empty() bool {
	for _, s := range f.Series {
		if len(s.Points) > 0 && !s.Bound {
			return false
		}
	}
	return true
}

func (s stat) point(x float64) Point {
	return Point{X: x, Y: s.median, Low: s.low, High: s.high, Runs: s.n, Over: s.over > 0}
}
