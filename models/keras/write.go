package keras

import (
	"encoding/json"
	"fmt"

	"peel/core/nn"
	"peel/models/hdf5"
	"peel/models/packed"
)

// The version of Keras whose format is written. The date is a constant, so that
// equal networks give equal bytes.
const metadata = `{"keras_version": "3.0.0", "date_saved": "1980-01-01@00:00:00"}`

// object is how Keras describes a model or a layer.
type object struct {
	Module     string  `json:"module"`
	Class      string  `json:"class_name"`
	Config     any     `json:"config"`
	Registered *string `json:"registered_name"`
	Build      any     `json:"build_config,omitempty"`
}

type shape struct {
	Input []*int `json:"input_shape"`
}

type sequential struct {
	Name      string   `json:"name"`
	Trainable bool     `json:"trainable"`
	Dtype     string   `json:"dtype"`
	Layers    []object `json:"layers"`
}

type input struct {
	Batch  []*int `json:"batch_shape"`
	Dtype  string `json:"dtype"`
	Sparse bool   `json:"sparse"`
	Name   string `json:"name"`
}

type denseLayer struct {
	Name       string `json:"name"`
	Trainable  bool   `json:"trainable"`
	Dtype      string `json:"dtype"`
	Units      int    `json:"units"`
	Activation string `json:"activation"`
	UseBias    bool   `json:"use_bias"`
}

// Encode writes a valid network as a .keras file. Equal networks give equal bytes.
func Encode(net *nn.Network) ([]byte, error) {
	if err := net.Validate(); err != nil {
		return nil, fmt.Errorf("this network cannot be written: %w", err)
	}
	const module, dtype = "keras.layers", "float64"
	batch := func(width int) []*int { return []*int{nil, &width} }
	s := sequential{Name: "peel", Trainable: true, Dtype: dtype, Layers: []object{
		{Module: module, Class: "InputLayer", Config: input{Batch: batch(net.In()), Dtype: dtype, Name: "input"}},
	}}
	layers := &hdf5.Group{Groups: map[string]*hdf5.Group{}}
	for i := range net.Layers {
		l := &net.Layers[i]
		name, activation := "dense", "relu"
		if i > 0 {
			name = fmt.Sprintf("dense_%d", i)
		}
		if i == len(net.Layers)-1 {
			activation = "linear"
		}
		s.Layers = append(s.Layers, object{
			Module: module, Class: "Dense", Build: shape{batch(l.In)},
			Config: denseLayer{Name: name, Trainable: true, Dtype: dtype, Units: l.Out, Activation: activation, UseBias: true},
		})
		layers.Groups[name] = &hdf5.Group{Groups: map[string]*hdf5.Group{"vars": {Arrays: map[string]hdf5.Array{
			"0": {Shape: []int{l.In, l.Out}, Values: kernel(l)},
			"1": {Shape: []int{l.Out}, Values: l.B},
		}}}}
	}
	text, err := json.Marshal(object{Module: "keras", Class: "Sequential", Config: s, Build: shape{batch(net.In())}})
	if err != nil {
		return nil, err
	}
	return packed.Write([]packed.Entry{
		{Name: metadataPart, Data: []byte(metadata)},
		{Name: configPart, Data: text},
		{Name: weightsPart, Data: hdf5.Write(&hdf5.Group{Groups: map[string]*hdf5.Group{"layers": layers}})},
	}, false)
}

// kernel is the weights of a layer as [in, out].
func kernel(l *nn.Layer) []float64 {
	out := make([]float64, 0, len(l.W))
	for j := range l.In {
		for k := range l.Out {
			out = append(out, l.W[k*l.In+j])
		}
	}
	return out
}
