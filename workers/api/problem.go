package api

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// problem is an error as RFC 9457 describes it. Detail is one plain sentence
// that says what is wrong and what to do.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`

	retry time.Duration // > 0: when to try again
}

// problemType begins the type of every problem.
const problemType = "urn:peel:problem:"

func newProblem(status int, name, title, detail string, args ...any) *problem {
	return &problem{Type: problemType + name, Title: title, Status: status, Detail: fmt.Sprintf(detail, args...)}
}

func (p *problem) Error() string { return p.Detail }

// after returns p with the time after which another try may succeed.
func (p *problem) after(wait time.Duration) *problem {
	p.retry = wait
	return p
}

// invalid is a body that was read but says something impossible.
func invalid(detail string, args ...any) *problem {
	return newProblem(http.StatusUnprocessableEntity, "invalid", "The content is not valid", detail, args...)
}

// Problems whose sentence is always the same.
var (
	errNoRoute = newProblem(404, "no-such-route", "There is no such route",
		"There is nothing at this address; see the description of the interface for what there is.")
	errMethod = newProblem(405, "method", "The method is not allowed",
		"This address does not take that method; the Allow header lists those it takes.")
	errCrossOrigin = newProblem(403, "cross-origin", "The request came from another site",
		"Only this server's own pages and programs may change anything here.")
	errNoExperiment = newProblem(404, "no-such-experiment", "There is no such experiment",
		"No experiment with this id is stored here; it may have been deleted.")
	errNoModel = newProblem(404, "no-such-model", "There is no such model",
		"No model with this SHA-256 is stored here; it may have been deleted.")
	errNoRoom = newProblem(404, "no-such-room", "There is no such room",
		"There is no room with this code; rooms last a day, so ask for a new code.")
	errNoMember = newProblem(404, "no-such-member", "There is no such member",
		"Nobody in this room has that id; join the room again.")
	errSealed = newProblem(403, "sealed", "The model is sealed",
		"This model's weights are sealed; it only answers queries, at /api/oracle/.")
	errNoToken = newProblem(401, "token-missing", "A token is missing",
		"This needs the token that was given at creation; send it as \"Authorization: Bearer TOKEN\".")
	errWrongToken = newProblem(403, "token-wrong", "The token is wrong",
		"This token does not allow that; use the one that was given at creation.")
	errSlow = newProblem(408, "slow", "The body did not arrive in time",
		"The body of the request did not arrive in time; send it again, or in smaller parts.")
	errBroken = newProblem(400, "broken-body", "The body broke off",
		"The body of the request broke off; send it again.")
	errInternal = newProblem(500, "internal", "Something went wrong",
		"The server made a mistake with this request; another try may not help.")
	errStore = newProblem(503, "store", "The store did not answer",
		"The store cannot be reached at the moment; try again.").after(2 * time.Second)
)

// writeJSON answers with a value. Every body has a length, so that the edge
// need not stream it.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return write(w, status, "application/json", data)
}

// write answers with bytes.
func write(w http.ResponseWriter, status int, kind string, data []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	w.Write(data) // when the client has gone, there is nobody to tell
	return nil
}

func writeProblem(w http.ResponseWriter, p *problem) {
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retry.Seconds()))))
	}
	data, _ := json.Marshal(p) // strings and numbers: it cannot fail
	write(w, p.Status, "application/problem+json", data)
}
