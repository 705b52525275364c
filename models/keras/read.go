// Package keras reads and writes networks as Keras models.
//
// Read: `.keras` files, of Keras 2.12 to 3, and whole models in `.h5` files.
// Sequential models and Functional ones that are a chain, of Dense layers with
// ReLU between them, be it an activation or a layer; Dropout, Flatten and Reshape
// change nothing; a softmax or sigmoid at the end is named and left out. Written:
// a Sequential model of float64 Dense layers as a `.keras` file of Keras 3.
package keras

import (
	"fmt"
	"strings"

	"peel/core/nn"
	"peel/models/chain"
	"peel/models/hdf5"
	"peel/models/packed"
	"peel/models/weights"
)

// Parts of a .keras file.
const (
	configPart   = "config.json"
	metadataPart = "metadata.json"
	weightsPart  = "model.weights.h5"
	maxConfig    = 4 << 20
)

// Is reports whether a zip file holds a model.
func Is(z *packed.File) bool { return z.Has(configPart) && z.Has(metadataPart) }

// Decode reads a .keras file, and returns a sentence for each thing left out.
func Decode(z *packed.File) (*nn.Network, []string, error) {
	text, err := z.Read(configPart, maxConfig)
	if err != nil {
		return nil, nil, err
	}
	if !z.Has(weightsPart) {
		return nil, nil, weights.Refuse("its weights are not in %s; save the model as one file", weightsPart)
	}
	h5, err := z.Read(weightsPart, 2*weights.MaxFile)
	if err != nil {
		return nil, nil, err
	}
	f, root, err := open(h5)
	if err != nil {
		return nil, nil, err
	}
	dense := 0
	return build(text, func(l *layer) (w, b *hdf5.Object, err error) {
		name := "dense"
		if dense > 0 {
			name = fmt.Sprintf("dense_%d", dense)
		}
		dense++
		for _, path := range [][]string{
			{"layers", name, "vars"},
			{`layers\` + name, "vars"}, // written on Windows by Keras 2
			{"_layer_checkpoint_dependencies", name, "vars"},
			{`_layer_checkpoint_dependencies\` + name, "vars"},
		} {
			vars, err := f.Child(root, path...)
			if err != nil {
				return nil, nil, err
			}
			if vars == nil {
				continue
			}
			if w, err = f.Child(vars, "0"); err == nil {
				b, err = f.Child(vars, "1")
			}
			return w, b, err
		}
		return nil, nil, nil
	})
}

// DecodeH5 reads a whole model in an .h5 file.
func DecodeH5(file []byte) (*nn.Network, []string, error) {
	f, root, err := open(file)
	if err != nil {
		return nil, nil, err
	}
	text, err := f.Strings(root, "model_config")
	if err != nil {
		return nil, nil, err
	}
	if len(text) != 1 {
		return nil, nil, weights.Refuse("it is an HDF5 file without the layers of a Keras model, weights alone perhaps; save the whole model")
	}
	all, err := f.Child(root, "model_weights")
	if err != nil {
		return nil, nil, err
	}
	if all == nil {
		return nil, nil, weights.Refuse("it describes a Keras model but holds no weights; save the model again")
	}
	return build([]byte(text[0]), func(l *layer) (w, b *hdf5.Object, err error) {
		group, err := f.Child(all, l.Config.Name)
		if err != nil || group == nil {
			return nil, nil, err
		}
		names, err := f.Strings(group, "weight_names")
		if err != nil {
			return nil, nil, err
		}
		if len(names) > 0 {
			w, err = f.Child(group, split(names[0])...)
		}
		if len(names) > 1 && err == nil {
			b, err = f.Child(group, split(names[1])...)
		}
		return w, b, err
	})
}

func open(h5 []byte) (*hdf5.File, *hdf5.Object, error) {
	f, err := hdf5.Open(h5)
	if err != nil {
		return nil, nil, err
	}
	root, err := f.Root()
	return f, root, err
}

// build makes the network of a model. find returns the kernel and the bias of the
// next Dense layer, nil for what is not there.
func build(text []byte, find func(*layer) (w, b *hdf5.Object, err error)) (*nn.Network, []string, error) {
	layers, err := parseLayers(text)
	if err != nil {
		return nil, nil, err
	}
	var c chain.Chain
	for i := range layers {
		l := &layers[i]
		switch l.Class {
		case "InputLayer", "Dropout", "Flatten", "Reshape":
			// the numbers stay, in their order
		case "Dense":
			if err = dense(&c, l, find); err == nil {
				err = activate(&c, l)
			}
		case "Activation":
			err = activate(&c, l)
		case "ReLU", "Softmax":
			err = c.Activation(l.title(), l.function())
		default:
			err = weights.Refuse("it has a layer %s, which is not part of a ReLU network; choose a chain of Dense layers with ReLU between them", l.title())
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return c.Network()
}

func activate(c *chain.Chain, l *layer) error {
	name, err := l.activation()
	if err != nil {
		return err
	}
	return c.Activation(l.title(), name)
}

// dense appends h ↦ Kᵀh + b. The kernel K is stored as [in, out].
func dense(c *chain.Chain, l *layer, find func(*layer) (w, b *hdf5.Object, err error)) error {
	w, b, err := find(l)
	if err != nil {
		return err
	}
	useBias := l.Config.UseBias == nil || *l.Config.UseBias
	if w == nil || useBias && b == nil {
		return weights.Refuse("the weights of %s are not where Keras puts them; save the model again", l.title())
	}
	shape, kernel, err := w.Numbers()
	if err != nil {
		return err
	}
	if len(shape) != 2 || shape[1] != l.Config.Units {
		return weights.Refuse("the weights of %s have the shape %v, want [inputs, %d]; save the model again", l.title(), shape, l.Config.Units)
	}
	var bias []float64
	if useBias {
		var size []int
		if size, bias, err = b.Numbers(); err != nil {
			return err
		}
		if len(size) != 1 || size[0] != shape[1] {
			return weights.Refuse("the biases of %s have the shape %v, want [%d]; save the model again", l.title(), size, shape[1])
		}
	}
	return c.Affine(l.title(), chain.Dense(kernel, shape[0], shape[1], true, bias), true)
}

// split takes a path apart.
func split(path string) []string { return strings.Split(path, "/") }
