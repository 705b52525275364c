//go:build js && wasm

package scorer

import (
	"fmt"
	"math"
	"syscall/js"

	"peel/core/fidelity"
	"peel/wasm/internal/bridge"
	"peel/wasm/internal/picture"
)

// reveal {victim, recovered} gives the three grades, and shows the first layers
// side by side, as pixels.
func (s *scorer) reveal(p js.Value) (any, error) {
	c, err := s.compare(p, nil, nil)
	if err != nil {
		return nil, err
	}
	layers := []map[string]any{}
	for i := range c.report.Layers {
		l := &c.report.Layers[i]
		layers = append(layers, map[string]any{
			"layer": l.Index, "width": l.Neurons, "rowsRight": l.Right, "missing": l.Missing,
			"wrongSigns": l.WrongSigns, "undecided": l.Undecided, "compared": l.Uncompared < c.report.Sizes[i],
			"worst": l.WorstRow, "worstBits": fidelity.Bits(l.WorstRow), "worstEntry": l.WorstEntry,
		})
	}
	bounds := []map[string]any{}
	for _, b := range c.report.Bounds {
		bounds = append(bounds, map[string]any{"set": b.Set, "epsilon": b.Epsilon, "delta": b.Delta, "why": b.Why})
	}
	out, err := bridge.Value(map[string]any{
		"layers": layers, "samples": samples(c.report), "bounds": bounds, "rows": []any{},
		"equivalent": c.report.Equivalent(), "summary": summary(c.report),
	})
	if err != nil || len(c.report.Layers) == 0 {
		return out, err
	}
	for k := range c.report.Layers[0].Rows {
		out.Get("rows").Call("push", c.row(k))
	}
	return out, nil
}

// row draws row k of the victim's first layer beside its counterpart, which is
// brought to the victim's scale but keeps a wrong sign for all to see.
func (c *pair) row(k int) js.Value {
	r := c.report.Layers[0].Rows[k]
	w := c.victim.Layers[0].Row(k)
	top := picture.Top(w)
	v := js.ValueOf(map[string]any{
		"neuron": k, "victim": pixels(picture.Draw(w, top)),
		"right":     r.Match >= 0 && !r.Undecided && r.Scale > 0 && r.Error <= fidelity.RowTolerance,
		"wrongSign": r.Match >= 0 && !r.Undecided && r.Scale < 0,
		"undecided": r.Undecided,
	})
	if r.Match < 0 {
		return v
	}
	u := make([]float64, len(w))
	for j, x := range c.recovered.Layers[0].Row(r.Match) {
		u[j] = x / math.Abs(r.Scale)
	}
	v.Set("recovered", pixels(picture.Draw(u, top)))
	v.Set("error", r.Error)
	v.Set("bits", fidelity.Bits(r.Error))
	return v
}

func pixels(p picture.Picture) map[string]any {
	a := js.Global().Get("Uint8ClampedArray").New(len(p.RGBA))
	js.CopyBytesToJS(a, p.RGBA)
	return map[string]any{"width": p.Width, "height": p.Height, "rgba": a}
}

func summary(r *fidelity.Report) string {
	rows, right := 0, 0
	for i := range r.Layers {
		rows += r.Layers[i].Neurons
		right += r.Layers[i].Right
	}
	switch {
	case r.Note != "":
		return r.Note + "."
	case r.Identical():
		return fmt.Sprintf("All %d rows were recovered, with every sign right: this is the victim, up to the order and scale of hidden neurons, which no answer can tell.", rows)
	case r.Equivalent():
		return fmt.Sprintf("%d of %d rows match the victim's; the others differ in ways that no tried input can tell, so both networks are the same function as far as anyone can see.", right, rows)
	default:
		text := fmt.Sprintf("%d of %d rows match the victim's: %d are missing and %d have the wrong sign", right, rows, r.Missing(), r.WrongSigns())
		if n := r.Undecided(); n > 0 {
			text += fmt.Sprintf("; the run ended before it had decided %d more signs", n)
		}
		return text + "."
	}
}
