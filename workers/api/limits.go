package api

import (
	"net/http"
	"time"

	"peel/core/run"
)

// Limits of sizes, the same on every host.
const (
	MaxExperiment = 64 << 10 // bytes of a shared experiment
	MaxModel      = 4 << 20  // bytes of an uploaded model
	MaxParams     = 1 << 19  // parameters of a model: 4 MiB of float64
	MaxPoints     = 4096     // points of one oracle request
	// MaxBatch is the most bytes of points in one oracle request. An edge worker
	// answers several requests in 128 MiB of memory.
	MaxBatch = 8 << 20

	MaxTitle    = 60  // characters
	MaxNickname = 24  // characters
	MaxMembers  = 120 // of a room
	maxSmall    = 8 << 10
)

// RoomLife is how long a room lasts.
const RoomLife = 24 * time.Hour

// Limits of use, for each client.
type Limits struct {
	// Oracle limits the oracle requests for one model.
	Oracle Rate
	// Budget is the most points a client may ask of one model a day.
	Budget int64
	// Create limits how many things are stored.
	Create Rate
	// Progress limits the reports of one member of a room.
	Progress Rate
}

// Rate allows Burst requests at once and then one every Every.
type Rate struct {
	Every time.Duration
	Burst int
}

// Edge are the limits of a public server. A school is one client.
func Edge() Limits {
	return Limits{
		Oracle:   Rate{Every: 20 * time.Millisecond, Burst: 200},
		Budget:   20_000_000,
		Create:   Rate{Every: 20 * time.Second, Burst: 150},
		Progress: Rate{Every: 500 * time.Millisecond, Burst: 20},
	}
}

// Local are the limits of a server on one's own computer.
func Local() Limits {
	l := Edge()
	l.Oracle = Rate{Every: time.Millisecond, Burst: 2000}
	l.Budget = 1_000_000_000
	return l
}

// about describes the server, so that a page finds out whether there is one.
func (s *server) about(w http.ResponseWriter, r *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]any{
		"api":    1,
		"engine": run.Engine,
		"limits": map[string]int64{
			"experimentBytes": MaxExperiment, "modelBytes": MaxModel, "modelParams": MaxParams,
			"oraclePoints": MaxPoints, "oracleBytes": MaxBatch, "oracleBudget": s.Limits.Budget,
			"title": MaxTitle, "nickname": MaxNickname, "members": MaxMembers,
			"roomSeconds": int64(RoomLife / time.Second),
		},
	})
}
