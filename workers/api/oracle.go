package api

import (
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"math"
	"net/http"
	"strconv"

	"peel/core/nn"
)

// maxPoints returns how many points of width in fit into one request.
func maxPoints(in int) int { return min(MaxPoints, MaxBatch/(8*in)) }

// getOracle says how to ask: sizes, limits, and what this client has left.
func (s *server) getOracle(w http.ResponseWriter, r *http.Request) error {
	sha256 := r.PathValue("sha256")
	m, err := s.model(r, sha256)
	if err != nil {
		return err
	}
	who, err := s.asker(r, sha256)
	if err != nil {
		return err
	}
	record, err := s.Store.Read(r.Context(), who.group, who.name)
	if err != nil {
		return err
	}
	used, err := usedOf(record, who.period)
	if err != nil {
		return err
	}
	budget := s.budget(m)
	return writeJSON(w, http.StatusOK, map[string]any{
		"sha256": sha256,
		"sizes":  m.Sizes,
		"sealed": m.Sealed,
		"points": maxPoints(m.Sizes[0]),
		"budget": budget,
		"used":   used,
		"left":   max(0, budget-used),
	})
}

// budget is the most points one client may ask of a model a day.
func (s *server) budget(m *model) int64 {
	if m.Budget > 0 {
		return min(m.Budget, s.Limits.Budget)
	}
	return s.Limits.Budget
}

// postOracle answers a batch of points: float64, little-endian, one point after
// another. The answers come in the same order and format.
func (s *server) postOracle(w http.ResponseWriter, r *http.Request) error {
	sha256 := r.PathValue("sha256")
	m, err := s.model(r, sha256)
	if err != nil {
		return err
	}
	in, most := m.Sizes[0], maxPoints(m.Sizes[0])
	if r.ContentLength > 0 {
		if err := checkLength(r.ContentLength, in, most); err != nil {
			return err
		}
	}
	key := r.Header.Get("Idempotency-Key")
	if len(key) > 64 {
		return invalid("The Idempotency-Key is longer than 64 characters; choose a shorter one.")
	}
	who, err := s.asker(r, sha256)
	if err != nil {
		return err
	}
	body, err := readBody(w, r, int64(most)*8*int64(in))
	if err != nil {
		return err
	}
	if err := checkLength(int64(len(body)), in, most); err != nil {
		return err
	}
	if err := checkFinite(body, in); err != nil {
		return err
	}
	points, budget := int64(len(body)/(8*in)), s.budget(m)
	request := ""
	if key != "" {
		request = requestID(key, body)
	}
	// Read while the points are counted: at the edge both take a while.
	type network struct {
		net *nn.Network
		err error
	}
	read := make(chan network, 1)
	go func() {
		net, err := s.network(r, sha256)
		read <- network{net, err}
	}()
	// Counted before it is answered, so that requests at the same time cannot
	// exceed a budget; what fails after this is repeated for nothing.
	used, err := s.update(r.Context(), who.account, func(m *meter) error {
		if wait := m.pass(s.Now(), s.Limits.Oracle); wait > 0 {
			return tooFast(wait)
		}
		if !m.charge(who.period, points, budget, request) {
			return newProblem(http.StatusTooManyRequests, "budget", "The budget is used up",
				"Of %d queries %d are used, so these %d are too many; there are new ones after the time in the Retry-After header.",
				budget, m.Used, points).after(who.renews.Sub(s.Now()))
		}
		return nil
	})
	if err != nil {
		return err
	}
	got := <-read
	if got.err != nil {
		return got.err
	}
	w.Header().Set("Peel-Used", strconv.FormatInt(used.Used, 10))
	w.Header().Set("Peel-Left", strconv.FormatInt(max(0, budget-used.Used), 10))
	return write(w, http.StatusOK, "application/octet-stream", evaluate(got.net, body))
}

func checkLength(bytes int64, in, most int) error {
	point := 8 * int64(in)
	if bytes == 0 || bytes%point != 0 {
		return newProblem(http.StatusBadRequest, "length", "The body has the wrong length",
			"The body has %d bytes, which are not whole points of %d float64 numbers (%d bytes each).", bytes, in, point)
	}
	if bytes/point > int64(most) {
		return newProblem(http.StatusRequestEntityTooLarge, "too-many-points", "Too many points",
			"The body holds %d points and one request may hold %d; send several requests.", bytes/point, most)
	}
	return nil
}

// checkFinite refuses points with a number that is NaN or infinite: those whose
// exponent bits are all set.
func checkFinite(body []byte, in int) error {
	const exponent = 0x7ff << 52
	for i := 0; i < len(body); i += 8 {
		if binary.LittleEndian.Uint64(body[i:])&exponent == exponent {
			return newProblem(http.StatusBadRequest, "not-finite", "A number is not finite",
				"Coordinate %d of point %d is NaN or infinite; every number must be finite.", i/8%in, i/8/in)
		}
	}
	return nil
}

// requestID tells a repeated request from a new one by its key and its body, so
// that a key cannot be used to ask something else for nothing.
func requestID(key string, body []byte) string {
	h := sha512.New512_256() // on 64-bit words: half the time of SHA-256 in WebAssembly
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(key))))
	h.Write([]byte(key))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// evaluate answers every point, in the same sums as core/oracle.
func evaluate(net *nn.Network, body []byte) []byte {
	eval := nn.NewEval(net)
	x, y := make([]float64, net.In()), make([]float64, net.Out())
	answer := make([]byte, 0, len(body)/net.In()*net.Out())
	for len(body) > 0 {
		for i := range x {
			x[i] = math.Float64frombits(binary.LittleEndian.Uint64(body[8*i:]))
		}
		body = body[8*len(x):]
		eval.Forward(x, y)
		for _, v := range y {
			answer = binary.LittleEndian.AppendUint64(answer, math.Float64bits(v))
		}
	}
	return answer
}
