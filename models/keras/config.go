package keras

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"peel/models/weights"
)

// model is a Sequential or Functional model, as model.to_json() writes it.
type model struct {
	Class  string          `json:"class_name"`
	Config json.RawMessage `json:"config"`
}

type modelConfig struct {
	Layers  []layer `json:"layers"`
	Outputs any     `json:"output_layers"`
}

type layer struct {
	Module  string `json:"module"`
	Class   string `json:"class_name"`
	Config  config `json:"config"`
	Inbound any    `json:"inbound_nodes"`
}

// config is what the settings of all kinds of layers have in common for Peel.
type config struct {
	Name          string          `json:"name"`
	Units         int             `json:"units"`
	Activation    json.RawMessage `json:"activation"`
	UseBias       *bool           `json:"use_bias"`
	MaxValue      *float64        `json:"max_value"`
	NegativeSlope *float64        `json:"negative_slope"`
	Threshold     *float64        `json:"threshold"`
}

// parseLayers returns the layers of a model that is a chain, in order.
func parseLayers(text []byte) ([]layer, error) {
	var m model
	var c modelConfig
	err := json.Unmarshal(text, &m)
	if err == nil {
		if bytes.HasPrefix(bytes.TrimSpace(m.Config), []byte("[")) { // Keras before 2.2.3
			err = json.Unmarshal(m.Config, &c.Layers)
		} else {
			err = json.Unmarshal(m.Config, &c)
		}
	}
	if err != nil {
		return nil, weights.Refuse("its description of the layers is damaged (%v); save the model again", err)
	}
	switch m.Class {
	case "Sequential":
		return c.Layers, nil
	case "Functional", "Model":
		return c.Layers, checkChain(c)
	}
	return nil, weights.Refuse("it is a %.60q, and Peel reads Sequential and Functional models; choose one of these", m.Class)
}

// checkChain makes sure that every layer takes what the one before it gives.
func checkChain(c modelConfig) error {
	before := ""
	for i := range c.Layers {
		l := &c.Layers[i]
		from := sources(l.Inbound, nil)
		if i == 0 && len(from) > 0 || i > 0 && (len(from) != 1 || from[0] != before) {
			return weights.Refuse("layer %.60q does not follow the one before it; choose a plain chain of layers", l.Config.Name)
		}
		before = l.Config.Name
	}
	if out := sources(c.Outputs, nil); len(out) != 1 || out[0] != before {
		return weights.Refuse("it has %d outputs, or its output is not its last layer; choose a plain chain of layers", len(out))
	}
	return nil
}

// sources finds the layers that a list of nodes refers to. All versions of Keras
// write a reference as a list that begins with a name and two numbers.
func sources(v any, found []string) []string {
	switch v := v.(type) {
	case []any:
		if len(v) >= 3 {
			name, ok := v[0].(string)
			_, a := v[1].(float64)
			_, b := v[2].(float64)
			if ok && a && b {
				return append(found, name)
			}
		}
		for _, x := range v {
			found = sources(x, found)
		}
	case map[string]any:
		for _, key := range []string{"args", "config", "keras_history", "kwargs"} {
			found = sources(v[key], found)
		}
	}
	return found
}

// activation returns the name of a layer's activation, which is a string or an
// object.
func (l *layer) activation() (string, error) {
	text := l.Config.Activation
	if len(text) == 0 || string(text) == "null" {
		return "linear", nil
	}
	var name string
	if json.Unmarshal(text, &name) == nil {
		return name, nil
	}
	var object struct {
		Class  string          `json:"class_name"`
		Config json.RawMessage `json:"config"`
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return "", weights.Refuse("the activation of %s is damaged; save the model again", l.title())
	}
	if json.Unmarshal(object.Config, &name) == nil { // a function, by its name
		return name, nil
	}
	var c config
	if err := json.Unmarshal(object.Config, &c); err != nil {
		return object.Class, nil
	}
	return (&layer{Class: object.Class, Config: c}).function(), nil
}

// function is what a layer that is only an activation does.
func (l *layer) function() string {
	unless := func(v *float64, usual float64) bool { return v != nil && *v != usual }
	switch c := l.Config; {
	case l.Class == "ReLU" && (c.MaxValue != nil || unless(c.NegativeSlope, 0) || unless(c.Threshold, 0)):
		return "a ReLU with a bound, a slope or a threshold"
	case l.Class == "ReLU" || l.Class == "Softmax":
		return strings.ToLower(l.Class)
	}
	return l.Class
}

// title is what errors call a layer.
func (l *layer) title() string { return fmt.Sprintf("%s %.40q", weights.Plain(l.Class), l.Config.Name) }
