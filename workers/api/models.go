package api

import (
	"errors"
	"net/http"
	"strconv"

	"peel/core/nn"
	"peel/models/weights"
	"peel/workers/store"
)

// model is what is known of a stored network without its weights.
type model struct {
	Sizes  []int `json:"sizes"` // d0, d1, …, dout
	Sealed bool  `json:"sealed,omitempty"`
	// Budget is the most points a client may ask of it a day, 0 for the
	// server's own limit.
	Budget int64 `json:"budget,omitempty"`
}

// modelKey is where a model and its record are. sha256 is its nn.Fingerprint:
// the hash of its weights alone, not of a file, so that the same network has
// one address whatever format it came in, and a spec can name it.
func modelKey(sha256 string) string { return "model/" + sha256 }

func (s *server) putModel(w http.ResponseWriter, r *http.Request) error {
	sha256 := r.PathValue("sha256")
	if !isHash(sha256) {
		return errNoModel
	}
	m, err := modelOptions(r)
	if err != nil {
		return err
	}
	data, err := readBody(w, r, MaxModel)
	if err != nil {
		return err
	}
	net, _, err := weights.Decode(data)
	if err != nil {
		return invalid("The model cannot be read: %v.", err)
	}
	if n := net.Params(); n > MaxParams {
		return invalid("The model has %d parameters and this server takes %d; choose a smaller one.", n, MaxParams)
	}
	if have := net.Fingerprint(); have != sha256 {
		return invalid("The model's SHA-256 is %s, not the one in the address; it is the hash of the canonical encoding of its weights.", have)
	}
	m.Sizes = net.Sizes()
	// Written anew, with no metadata: the same weights are the same bytes, and
	// nothing but weights is kept.
	if data, err = weights.Encode(net, nil); err != nil {
		return err
	}
	token, err := s.create(r, modelKey(sha256), owned{Model: &m}, func() error {
		return s.Store.Put(r.Context(), modelKey(sha256), data)
	})
	if err != nil {
		return err
	}
	// Whoever came first decided whether the weights can be read.
	kept, err := s.model(r, sha256)
	if err != nil {
		return err
	}
	if kept.Sealed != m.Sealed || kept.Budget != m.Budget {
		return newProblem(http.StatusConflict, "stored-otherwise", "The model is stored otherwise",
			"This model is here already, but %s; only its owner can delete it.", kept.describe())
	}
	answer := map[string]any{"sha256": sha256, "sizes": m.Sizes, "sealed": m.Sealed, "oracle": Prefix + "oracle/" + sha256}
	if token == "" {
		return writeJSON(w, http.StatusOK, answer)
	}
	answer["token"] = token
	return writeJSON(w, http.StatusCreated, answer)
}

func (m *model) describe() string {
	text := "its weights are open"
	if m.Sealed {
		text = "it is sealed"
	}
	if m.Budget > 0 {
		text += " with a budget of " + strconv.FormatInt(m.Budget, 10) + " queries a day"
	}
	return text
}

// modelOptions reads ?sealed=1&budget=N.
func modelOptions(r *http.Request) (model, error) {
	var m model
	for name, values := range r.URL.Query() {
		switch {
		case name == "sealed" && len(values) == 1 && (values[0] == "1" || values[0] == "0"):
			m.Sealed = values[0] == "1"
		case name == "budget" && len(values) == 1:
			n, err := strconv.ParseInt(values[0], 10, 64)
			if err != nil || n < 1 || n > 1<<53 {
				return m, invalid("The budget %q is not a number of queries; leave it out for the server's own.", values[0])
			}
			m.Budget = n
		default:
			return m, invalid("The option %q is not sealed=1, sealed=0 or budget=N.", name)
		}
	}
	return m, nil
}

// model returns what is known of a stored model.
func (s *server) model(r *http.Request, sha256 string) (*model, error) {
	if !isHash(sha256) {
		return nil, errNoModel
	}
	o, err := s.owned(r, modelKey(sha256))
	if err != nil {
		return nil, err
	}
	if o == nil || o.Model == nil {
		return nil, errNoModel
	}
	return o.Model, nil
}

func (s *server) getModel(w http.ResponseWriter, r *http.Request) error {
	sha256 := r.PathValue("sha256")
	m, err := s.model(r, sha256)
	if err != nil {
		return err
	}
	if m.Sealed {
		return errSealed
	}
	data, err := s.Store.Get(r.Context(), modelKey(sha256))
	if errors.Is(err, store.ErrMissing) {
		return errNoModel
	}
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, "application/octet-stream", data)
}

func (s *server) deleteModel(w http.ResponseWriter, r *http.Request) error {
	sha256 := r.PathValue("sha256")
	if !isHash(sha256) {
		return errNoModel
	}
	return s.remove(w, r, modelKey(sha256), errNoModel)
}

// network reads a stored network.
func (s *server) network(r *http.Request, sha256 string) (*nn.Network, error) {
	data, err := s.Store.Get(r.Context(), modelKey(sha256))
	if errors.Is(err, store.ErrMissing) {
		return nil, errNoModel
	}
	if err != nil {
		return nil, err
	}
	net, _, err := weights.Decode(data)
	return net, err
}
