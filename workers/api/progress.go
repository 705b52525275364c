package api

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"

	"peel/core/extract"
	"peel/core/run"
)

// Progress is what a member reports of a run. It holds numbers and names from
// fixed lists only, so that nothing but a nickname can be written on the
// room's page.
type Progress struct {
	// Seq grows with every report; an older one that comes late is dropped.
	Seq   int64  `json:"seq"`
	Round int    `json:"round"` // of the room, as GET gives it
	State string `json:"state"` // one of states
	// Phase and Layer are where the attack is.
	Phase   extract.Phase `json:"phase,omitempty"`
	Layer   int           `json:"layer,omitempty"`
	Queries int64         `json:"queries"`
	Found   int           `json:"found"`   // neurons whose row is known
	Neurons int           `json:"neurons"` // hidden neurons in all
	Seconds float64       `json:"seconds"`
	Seed    uint64        `json:"seed"`
	Digest  string        `json:"digest,omitempty"` // at the end
	// MaxError is the largest |f − f̂| / max |f| seen in the verify phase.
	MaxError float64 `json:"maxError,omitempty"`
}

var states = []string{"running", "complete", "incomplete", "stopped"}

// maxLayer and maxNeurons are more than any network has that can be attacked.
const (
	maxLayer   = 64
	maxNeurons = 1 << 20
)

func (p *Progress) check() error {
	number := func(v float64) bool { return v >= 0 && !math.IsInf(v, 0) }
	switch {
	case p.Seq < 1 || p.Seq > run.MaxSeed:
		return invalid("The progress has no number; count reports in seq, from 1.")
	case !slices.Contains(states, p.State):
		return invalid("The state %q is not one of running, complete, incomplete and stopped.", p.State)
	case p.Phase != "" && !slices.Contains(extract.Phases, p.Phase):
		return invalid("The phase %q is not a phase of the attack.", p.Phase)
	case p.Layer < 0 || p.Layer > maxLayer || p.Queries < 0 || p.Queries > run.MaxSeed || p.Seed > run.MaxSeed:
		return invalid("The layer, the queries or the seed is out of bounds.")
	case p.Found < 0 || p.Neurons > maxNeurons || p.Found > p.Neurons:
		return invalid("%d of %d neurons cannot be found.", p.Found, p.Neurons)
	case !number(p.Seconds) || !number(p.MaxError):
		return invalid("The seconds or the largest error is not a number from 0.")
	case p.Digest != "" && !isHash(p.Digest):
		return invalid("The digest is not 64 hex digits.")
	case (p.State == "complete" || p.State == "incomplete") != (p.Digest != ""):
		return invalid("A run has a digest when it has come to its end, and only then.")
	}
	return nil
}

func (s *server) putProgress(w http.ResponseWriter, r *http.Request) error {
	code, id := r.PathValue("code"), r.PathValue("id")
	room, err := s.room(r, code)
	if err != nil {
		return err
	}
	var p Progress
	if err := readJSON(w, r, maxSmall, &p); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	if p.Round != room.Round {
		return newProblem(http.StatusConflict, "room-reset", "The room was reset",
			"The teacher has reset this room since the run began; start again.")
	}
	if !isMemberID(id) {
		return errNoMember
	}
	err = s.Store.Update(r.Context(), roomKey(code), memberName(id), room.expiry(), func(old []byte) ([]byte, error) {
		m, err := decodeMember(old)
		if err != nil {
			return nil, err
		}
		if err := checkToken(r, m.Token); err != nil {
			return nil, err
		}
		if m.Progress != nil && m.Round == room.Round && p.Seq <= m.Progress.Seq {
			return old, nil
		}
		if wait := m.Meter.pass(s.Now(), s.Limits.Progress); wait > 0 {
			return nil, tooFast(wait)
		}
		m.Round, m.Progress = room.Round, &p
		return json.Marshal(m)
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]int64{"seq": p.Seq})
}
