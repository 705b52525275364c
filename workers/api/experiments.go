package api

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"

	"peel/core/run"
	"peel/workers/store"
)

// Experiment is a run's spec and what came out: what somebody else needs to
// reproduce it.
type Experiment struct {
	Spec   json.RawMessage `json:"spec"` // a run.Spec
	Result Result          `json:"result"`
	// Link is the fragment of a reproducible link to the same run, for what the
	// spec cannot say: how the victim was made, or its weights.
	Link string `json:"link,omitempty"`
}

// Result is how a run ended.
type Result struct {
	Digest   string  `json:"digest"` // 64 hex digits
	Queries  int64   `json:"queries"`
	Complete bool    `json:"complete"`
	MaxError float64 `json:"maxError,omitempty"` // largest |f − f̂| / max |f| seen in the verify phase
}

// idLetters has no letters that look alike, in lower case: an id can be read
// out. Twelve of them are 60 bits.
var idLetters = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

const idLength = 12

func isID(s string) bool {
	return len(s) == idLength && strings.Trim(s, "0123456789abcdefghjkmnpqrstvwxyz") == ""
}

// check makes e canonical and returns what is wrong with it.
func (e *Experiment) check() error {
	if len(e.Spec) == 0 {
		return invalid("The experiment has no spec; send the spec of the run.")
	}
	spec, err := run.ParseSpec(e.Spec)
	if err != nil {
		return invalid("The experiment cannot be reproduced: %v.", err)
	}
	if e.Spec, err = json.Marshal(spec); err != nil {
		return err
	}
	r := e.Result
	switch {
	case !isHash(r.Digest):
		return invalid("The result has no digest of 64 hex digits; send that of the run.")
	case r.Queries < 0 || r.Queries > run.MaxSeed:
		return invalid("The result's %d queries are not a number of queries.", r.Queries)
	case !(r.MaxError >= 0) || math.IsInf(r.MaxError, 0):
		return invalid("The result's largest error of %g is not an error.", r.MaxError)
	case strings.Trim(e.Link, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~=&:,") != "":
		return invalid("The link has characters that no link of Peel has; send what follows its #.")
	}
	return nil
}

func (s *server) postExperiment(w http.ResponseWriter, r *http.Request) error {
	var e Experiment
	if err := readJSON(w, r, MaxExperiment, &e); err != nil {
		return err
	}
	if err := e.check(); err != nil {
		return err
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(data)
	id := idLetters.EncodeToString(hash[:])[:idLength]
	answer := map[string]string{"id": id, "url": "/x/" + id}
	created, err := s.create(r, "experiment/"+id, owned{}, func() error {
		return s.Store.Put(r.Context(), "experiment/"+id, data)
	})
	if err != nil {
		return err
	}
	if created == "" {
		return writeJSON(w, http.StatusOK, answer)
	}
	answer["token"] = created
	return writeJSON(w, http.StatusCreated, answer)
}

func (s *server) getExperiment(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !isID(id) {
		return errNoExperiment
	}
	if found, err := s.owned(r, "experiment/"+id); err != nil {
		return err
	} else if found == nil {
		return errNoExperiment
	}
	data, err := s.Store.Get(r.Context(), "experiment/"+id)
	if errors.Is(err, store.ErrMissing) {
		return errNoExperiment
	}
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, "application/json", data)
}

func (s *server) deleteExperiment(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !isID(id) {
		return errNoExperiment
	}
	return s.remove(w, r, "experiment/"+id, errNoExperiment)
}
