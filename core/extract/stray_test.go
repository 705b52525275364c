package extract

import (
	"math"
	"slices"
	"testing"

	"peel/core/linalg"
)

// Idealised (see deepBench). A neuron of layer 3 was missed. Its critical points,
// met in the search of layer 4, are told from those of layer 4.
func TestStray(t *testing.T) {
	const target, missing = 4, 2
	var missed, told, own, mistaken int
	for seed := range uint64(8) {
		b := newDeepBench(t, 30+seed, target, 16, 16, 16, 16, 16, 1)
		pre := b.l.deep.pre
		before := &prefix{n: pre.n, layers: pre.layers[:2], blind: pre.blind[:2], pass: pre.pass[:2], force: pre.force[:2]}
		l := &pre.layers[2]
		row := append(slices.Clone(l.Row(missing)), l.B[missing])
		l.W, l.B = slices.Clone(l.W), slices.Clone(l.B) // the victim keeps it
		clear(l.Row(missing))
		l.B[missing] = -1
		for _, k := range b.kinks(t, 8) {
			p := k.Point(k.T)
			z := linalg.Dot(row, append(before.values(p), 1))
			its := math.Abs(z) < 1e-7
			if !its && (z > 0 || b.whose(p) < 0) { // where it is on, layer 4 is not known
				continue
			}
			tr, _, err := begin(b.l, b.o, k, b.r)
			if err != nil {
				t.Fatal(err)
			}
			if tr == nil {
				continue
			}
			if why, err := tr.run(false); err != nil || why != "" {
				continue
			}
			switch stray := tr.stray(3); {
			case its:
				if missed++; stray {
					told++
				}
			default:
				if own++; stray {
					mistaken++
				}
			}
		}
	}
	t.Logf("%d critical points of missed neurons, %d told; %d of the layer's own, %d mistaken", missed, told, own, mistaken)
	// The others are refuted by an audit, or stay pieces.
	if own < 100 || told < 2 || mistaken > 0 {
		t.Errorf("%d critical points of missed neurons, %d told; %d of the layer's own, %d mistaken", missed, told, own, mistaken)
	}
}
