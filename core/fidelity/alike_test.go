package fidelity

import "testing"

// A weight that no input shows makes a row another one, and the neuron the same.
func TestAlike(t *testing.T) {
	net := random(3, 6, 8, 7, 1)
	// Neuron 0 of layer 1 is never on, neuron 1 of layer 2 reads it.
	for j := range net.Layers[0].Row(0) {
		net.Layers[0].Row(0)[j] = 0
	}
	net.Layers[0].B[0] = -1
	other := disguise(net, 4)
	if r := compare(t, net, other); r.Layers[0].Alike != 7 || r.Layers[0].Inactive != 1 || r.Layers[1].Alike != 7 {
		t.Errorf("the same network: %+v", r.Layers[:2])
	}
	other = net.Clone()
	other.Layers[1].Row(1)[0] += 5
	r := compare(t, net, other)
	if l := r.Layers[1]; l.Right != 6 || l.Alike != 7 || !r.Equivalent() {
		t.Errorf("a weight that does not show: %d right, %d alike of 7", l.Right, l.Alike)
	}
	// One that shows makes it another neuron, and so does a wrong sign.
	other = net.Clone()
	other.Layers[1].Row(2)[3] += 1e-3
	for j := range other.Layers[1].Row(4) {
		other.Layers[1].Row(4)[j] *= -1
	}
	other.Layers[1].B[4] *= -1
	if l := compare(t, net, other).Layers[1]; l.Alike != 5 {
		t.Errorf("two neurons are others: %d alike of 7", l.Alike)
	}
	// Scales are no difference, and every neuron is counted once.
	other = net.Clone()
	copy(other.Layers[1].Row(2), other.Layers[1].Row(3))
	other.Layers[1].B[2] = other.Layers[1].B[3]
	if l := compare(t, net, other).Layers[1]; l.Alike != 6 {
		t.Errorf("one neuron twice, another not at all: %d alike of 7", l.Alike)
	}
}
