package sign

import "math"

// Sequential is Wald's sequential probability ratio test (Wald 1945) of a
// neuron's sign: ballots are cast until the evidence for one side is so strong
// that a wrong decision has at most the stated probability. Easy neurons need
// two or three, hard ones a dozen; one that never gets there stays undecided.
//
// Ballot j measures D_j = s + an error. Part of the error is the ballot's own,
// of standard deviation φ; part is interference, of standard deviation
// τ_j = 2 left_j / |c_j| where left_j is what Nulling could not null. The same
// neurons interfere wherever ballots are cast, so interference is correlated, by
// ρ. For normal errors the weighted sum of the D_j has the log-likelihood ratio
//
//	LLR = 2 Σ w_j D_j · Σ w_j / V,   w_j = 1/(φ² + τ_j²),
//	V   = Σ w_j + ρ ((Σ w_j τ_j)² − Σ w_j² τ_j²),
//
// and no number of ballots that are all disturbed alike amounts to a proof. A
// ballot so disturbed that it would take away from the evidence to expect, which
// is the LLR for D_j = 1, does not count.
//
// Interference has wider tails than a normal error. An answer far from both ±1
// shows that it was larger than expected, so τ_j is at least ||D_j| − 1|.
//
// The rows λ_q β_q given to Nulling must have λ_q² = E[c_q²] · P(q is active):
// ½ where the sign of q is open, 1 where q is known to be on. A neuron whose
// strength is unknown must get the largest that is known: taken for 0, it makes
// decisions that look sure and are wrong.
type Sequential struct {
	// Error is the stated probability of a wrong decision, 0 < Error < ½.
	Error float64
	// Ballots is how many count.
	Ballots int

	sum, weight, shared, square float64 // Σ w D, Σ w, Σ w τ, Σ w² τ²
}

const (
	// own is φ. The place, the direction and the strengths that a ballot rests
	// on are themselves measured. One ballot is worth 2/φ² = 4 at most.
	own = 0.7
	// alike is ρ. Measured on random networks: 0.2 in middle layers, 0.45 in the
	// last hidden one, where a neuron's strength is the same everywhere; 0.3
	// keeps the stated rate in both (TestSequentialIsCalibrated).
	alike = 0.3
)

// Add counts a ballot cast along a direction that left this much interference,
// unless it is not valid or would not help.
func (t *Sequential) Add(b Ballot, left float64) {
	if !b.Valid {
		return
	}
	tau := max(float64(2*left)/b.Jump, math.Abs(math.Abs(b.D)-1))
	w := 1 / (float64(own*own) + float64(tau*tau))
	next := *t
	next.Ballots++
	next.sum += float64(w * b.D)
	next.weight += w
	next.shared += float64(w * tau)
	next.square += float64(float64(w*tau) * float64(w*tau))
	if t.Ballots == 0 || next.expected() > t.expected() {
		*t = next
	}
}

// LLR is the logarithm of the likelihood ratio of + against −.
func (t *Sequential) LLR() float64 {
	if t.Ballots == 0 {
		return 0
	}
	return float64(2*t.sum) * (t.weight / t.variance())
}

// expected is the LLR if every D were 1.
func (t *Sequential) expected() float64 {
	return float64(2*t.weight) * (t.weight / t.variance())
}

// variance is V.
func (t *Sequential) variance() float64 {
	return t.weight + float64(alike*(float64(t.shared*t.shared)-t.square))
}

// Sign is the decision: +1 or −1, or 0 while the evidence does not suffice.
func (t *Sequential) Sign() float64 { return Decide(t.LLR(), t.Error) }

// Decide is the sign that a log-likelihood ratio decides when at most this share
// of decisions may be wrong, or 0: Wald's threshold is ln((1−α)/α).
func Decide(llr, wrong float64) float64 {
	if !(math.Abs(llr) >= math.Log((1-wrong)/wrong)) {
		return 0
	}
	return math.Copysign(1, llr)
}
