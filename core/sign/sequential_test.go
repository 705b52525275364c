package sign_test

import (
	"math"
	"testing"

	"peel/core/rng"
	"peel/core/sign"
)

// Ballots that are what the test takes them to be, interference correlated by 0.3: the
// share of wrong decisions is the stated one or less, and easy neurons need few.
func TestSequentialOnItsOwnModel(t *testing.T) {
	for _, c := range []struct {
		sigma, wrong float64
		most         int // ballots, in the mean over those decided
	}{{0.5, 0.01, 5}, {1, 0.05, 8}, {1.5, 0.1, 10}, {2, 0.2, 10}} {
		r := rng.New(1)
		decided, wrong, ballots := 0, 0, 0
		const runs = 4000
		for range runs {
			s, common := r.Sign(), r.Normal()
			test := sign.Sequential{Error: c.wrong}
			for range 40 {
				d := s + c.sigma*(math.Sqrt(0.3)*common+math.Sqrt(0.7)*r.Normal()) + 0.7*r.Normal()
				test.Add(sign.Ballot{D: d, Jump: 3, Valid: true}, c.sigma*3/2)
				if got := test.Sign(); got != 0 {
					decided++
					ballots += test.Ballots
					if got != s {
						wrong++
					}
					break
				}
			}
		}
		t.Logf("σ = %v, stated %v: %d of %d decided, %.2f %% of them wrong, %.1f ballots", c.sigma, c.wrong, decided, runs, 100*float64(wrong)/float64(decided), float64(ballots)/float64(decided))
		// Three standard deviations of a binomial count.
		if n := float64(decided); float64(wrong) > c.wrong*n+3*math.Sqrt(n*c.wrong*(1-c.wrong)) {
			t.Errorf("σ = %v: %d of %d decisions are wrong, stated %v", c.sigma, wrong, decided, c.wrong)
		}
		if decided < runs/4 || ballots > c.most*decided {
			t.Errorf("σ = %v: %d decided with %d ballots", c.sigma, decided, ballots)
		}
	}
}

func TestSequentialBasics(t *testing.T) {
	test := sign.Sequential{Error: 1e-5}
	test.Add(sign.Ballot{D: -1}, 0) // not valid
	if test.Sign() != 0 || test.LLR() != 0 || test.Ballots != 0 {
		t.Errorf("an invalid ballot was counted: %+v", test)
	}
	test.Add(sign.Ballot{D: -1, Jump: 2, Valid: true}, 0)
	if test.Sign() != 0 {
		t.Error("one ballot decided alone, against odds of a hundred thousand")
	}
	for range 4 {
		test.Add(sign.Ballot{D: -1, Jump: 2, Valid: true}, 0)
	}
	if test.Sign() != -1 {
		t.Errorf("five clear ballots did not decide: %v", test.LLR())
	}
	// However many alike ballots are cast, they never amount to a proof.
	weak := sign.Sequential{Error: 1e-5}
	for range 10_000 {
		weak.Add(sign.Ballot{D: 1, Jump: 1, Valid: true}, 0.5)
	}
	if weak.Sign() != 0 {
		t.Errorf("weak ballots, all disturbed alike, decided: %v", weak.LLR())
	}
	// A good ballot is worth as much after a hundred bad ones as before.
	mixed := sign.Sequential{Error: 1e-5}
	mixed.Add(sign.Ballot{D: 1, Jump: 1, Valid: true}, 0)
	before := mixed.LLR()
	for range 100 {
		mixed.Add(sign.Ballot{D: -0.5, Jump: 1, Valid: true}, 50)
	}
	if after := mixed.LLR(); !(after > 0.95*before) {
		t.Errorf("worthless ballots brought the evidence from %v to %v", before, after)
	}
	// An answer that neither sign explains says next to nothing.
	far := sign.Sequential{Error: 0.1}
	far.Add(sign.Ballot{D: -50, Jump: 1, Valid: true}, 0)
	if far.Sign() != 0 {
		t.Errorf("an answer of −50 decided: %v", far.LLR())
	}
	for _, c := range []struct{ llr, wrong, want float64 }{
		{4.6, 0.01, 1}, {4.59, 0.01, 0}, {-4.6, 0.01, -1}, {0, 0.4, 0}, {math.NaN(), 0.1, 0}, {math.Inf(-1), 1e-9, -1}, // ln 99 = 4.595
	} {
		if got := sign.Decide(c.llr, c.wrong); got != c.want {
			t.Errorf("a ratio of %v decides %v at %v, want %v", c.llr, got, c.wrong, c.want)
		}
	}
}
