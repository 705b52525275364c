package keras

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"peel/core/nn"
	"peel/models/packed"
	"peel/models/weights"
)

// written is the parts of a 2-3-1 network's file.
func written(t *testing.T) (config, h5 []byte) {
	t.Helper()
	net := nn.New([]int{2, 3, 1})
	for i := range net.Layers {
		for j := range net.Layers[i].W {
			net.Layers[i].W[j] = float64(j) + 0.5
		}
	}
	file, err := Encode(net)
	if err != nil {
		t.Fatal(err)
	}
	z, err := packed.Open(file, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if config, err = z.Read(configPart, 1<<20); err != nil {
		t.Fatal(err)
	}
	if h5, err = z.Read(weightsPart, 1<<20); err != nil {
		t.Fatal(err)
	}
	return config, h5
}

func decode(t *testing.T, config, h5 []byte) (*nn.Network, []string, error) {
	t.Helper()
	entries := []packed.Entry{{Name: metadataPart}, {Name: configPart, Data: config}}
	if h5 != nil {
		entries = append(entries, packed.Entry{Name: weightsPart, Data: h5})
	}
	file, err := packed.Write(entries, true)
	if err != nil {
		t.Fatal(err)
	}
	z, err := packed.Open(file, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return Decode(z)
}

const dropout = `{"class_name":"Dropout","config":{"name":"forget","rate":0.5}},`

// TestConfigs changes what lies between the layers of a good file.
func TestConfigs(t *testing.T) {
	good, h5 := written(t)
	const first, second = `"activation":"relu"`, `"activation":"linear"`
	const next = `{"module":"keras.layers","class_name":"Dense","config":{"name":"dense_1"`
	insert := func(layer string) []string { return []string{next, layer + "," + next} }
	function := func(class, config string) string {
		return fmt.Sprintf(`"activation":{"class_name":%q,"config":%s}`, class, config)
	}
	for _, c := range []struct {
		what    string
		replace []string
		want    string // of the error, or of the notice where it begins with "its"; "" for neither
	}{
		{"as it was", nil, ""},
		{"a function as an object", []string{first, function("function", `"relu"`)}, ""},
		{"a layer as an activation", []string{first, function("ReLU", `{"max_value":null,"negative_slope":0.0,"threshold":0.0}`)}, ""},
		{"no activation, then a layer", []string{first, `"activation":null`, next, `{"class_name":"ReLU","config":{"name":"r"}},` + next}, ""},
		{"an Activation layer", []string{first, `"x":0`, next, `{"class_name":"Activation","config":{"name":"r","activation":"relu"}},` + next}, ""},
		{"dropout", []string{next, dropout + next}, ""},
		{"softmax", []string{second, `"activation":"softmax"`}, "its softmax output was left out: the black box answers with logits"},
		{"sigmoid", []string{second, `"activation":"sigmoid"`}, "its sigmoid output was left out: the black box answers with logits"},
		{"tanh", []string{first, `"activation":"tanh"`}, `applies "tanh"`},
		{"leaky", []string{first, function("ReLU", `{"negative_slope":0.1}`)}, "a slope"},
		{"bounded", []string{first, `"activation":null`, next, `{"class_name":"ReLU","config":{"name":"r","max_value":6}},` + next}, "a bound"},
		{"ReLU at the end", []string{second, first}, "hides negative answers"},
		{"a normalisation", insert(`{"class_name":"BatchNormalization","config":{"name":"norm"}}`), `BatchNormalization "norm"`},
		{"a model in the model", insert(`{"class_name":"Sequential","config":{"name":"inner","layers":[]}}`), `Sequential "inner"`},
		{"a third Dense layer without weights", insert(`{"class_name":"Dense","config":{"name":"d","units":3,"activation":"relu"}}`), "have the shape"},
		{"another width", []string{`"units":3`, `"units":4`}, "[inputs, 4]"},
		{"an unknown kind of model", []string{`"class_name":"Sequential"`, `"class_name":"Graph"`}, `"Graph"`},
		{"damaged", []string{`"layers":[`, `"layers":{`}, "damaged"},
	} {
		text := string(good)
		for i := 0; i < len(c.replace); i += 2 {
			if !strings.Contains(text, c.replace[i]) {
				t.Fatalf("%s: %s is not in %s", c.what, c.replace[i], text)
			}
			text = strings.Replace(text, c.replace[i], c.replace[i+1], 1)
		}
		net, notices, err := decode(t, []byte(text), h5)
		got := strings.Join(notices, " ")
		if err != nil {
			got = err.Error()
			if !errors.Is(err, weights.ErrFile) || strings.Contains(got, "\n") {
				t.Errorf("%s: %v", c.what, err)
			}
		} else if net.Layers[0].W[1] != 1.5 || net.Layers[1].W[2] != 2.5 {
			t.Errorf("%s: the weights are others", c.what)
		}
		if c.want == "" && (err != nil || got != "") || !strings.Contains(got, c.want) || strings.HasPrefix(c.want, "its") && err != nil {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// TestFunctional reads the two ways in which versions of Keras write who follows
// whom, and refuses what is not a chain.
func TestFunctional(t *testing.T) {
	_, h5 := written(t)
	old := func(name string) string { return fmt.Sprintf(`[[[%q,0,0,{}]]]`, name) }
	now := func(name string) string {
		return fmt.Sprintf(`[{"args":[{"class_name":"__keras_tensor__","config":{"shape":[null,2],"keras_history":[%q,0,0]}}],"kwargs":{"training":false}}]`, name)
	}
	model := func(a, b, output string) []byte {
		return fmt.Appendf(nil, `{"class_name":"Functional","config":{"name":"m","layers":[
			{"class_name":"InputLayer","config":{"name":"in"},"inbound_nodes":[]},
			{"class_name":"Dense","config":{"name":"a","units":3,"activation":"relu"},"inbound_nodes":%s},
			{"class_name":"Dense","config":{"name":"b","units":1,"activation":"linear"},"inbound_nodes":%s}],
			"input_layers":[["in",0,0]],"output_layers":%s}}`, a, b, output)
	}
	for _, c := range []struct {
		what   string
		config []byte
		want   string
	}{
		{"Keras 2", model(old("in"), old("a"), `[["b",0,0]]`), ""},
		{"Keras 3", model(now("in"), now("a"), `["b",0,0]`), ""},
		{"a shortcut", model(now("in"), `[[["a",0,0,{}],["in",0,0,{}]]]`, `["b",0,0]`), "does not follow"},
		{"a branch", model(now("in"), now("in"), `["b",0,0]`), "does not follow"},
		{"two outputs", model(now("in"), now("a"), `[["a",0,0],["b",0,0]]`), "2 outputs"},
		{"an output in the middle", model(now("in"), now("a"), `["a",0,0]`), "not its last layer"},
	} {
		_, _, err := decode(t, c.config, h5)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// TestWeights: weights that are not there or not whole are missed.
func TestWeights(t *testing.T) {
	config, h5 := written(t)
	for _, c := range []struct {
		what string
		h5   []byte
		want string
	}{
		{"no weights", nil, "model.weights.h5"},
		{"something else", []byte("not HDF5"), "damaged HDF5"},
		{"cut off", h5[:len(h5)/2], "damaged HDF5"},
		{"other layers", bytes.ReplaceAll(h5, []byte("dense"), []byte("tense")), "damaged HDF5"}, // its checksum is wrong
	} {
		if _, _, err := decode(t, config, c.h5); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}
