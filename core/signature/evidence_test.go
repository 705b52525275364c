package signature_test

import (
	"math"
	"slices"
	"testing"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/signature"
)

const evidenceN = 9 // length of the augmented rows

// known is a row with a fragment of random span, whose values are off, and the
// equations that put them right.
type known struct {
	row []float64
	f   *signature.Fragment
	r   *rng.Stream
}

func newKnown(seed uint64, rank int) *known {
	r := rng.New(seed, 0xe71)
	k := &known{row: r.NormalVec(make([]float64, evidenceN), 1), f: &signature.Fragment{N: evidenceN}, r: r}
	for k.f.Rank() < rank {
		u := r.NormalVec(make([]float64, evidenceN), 1)
		k.f.Add(u, linalg.Dot(u, k.row)+float64(0.1*r.Normal()))
	}
	return k
}

// inSpan returns a random vector of the fragment's span.
func (k *known) inSpan() []float64 {
	u := make([]float64, evidenceN)
	for i := range k.f.Rank() {
		linalg.Axpy(k.r.Normal(), k.f.U[i*evidenceN:][:evidenceN], u)
	}
	return u
}

// evidence returns m equations for scale·row with errors of the given size
// relative to their σ.
func (k *known) evidence(m int, scale, errs float64) *signature.Evidence {
	e := &signature.Evidence{N: evidenceN}
	for range m {
		u := k.inSpan()
		sigma := math.Ldexp(1e-6, k.r.Intn(8)) // σ of very different sizes
		a := float64(scale*linalg.Dot(u, k.row)) + float64(scale*errs*sigma*k.r.Normal())
		e.Add(u, a, math.Abs(float64(scale*sigma)))
	}
	return e
}

func (k *known) fitted(e *signature.Evidence) []float64 {
	f := k.f.Clone()
	f.Fit(e)
	return f.A
}

// off is the largest difference of two vectors.
func off(x, y []float64) float64 {
	worst := 0.0
	for i := range x {
		worst = max(worst, math.Abs(x[i]-y[i]))
	}
	return worst
}

// Exact equations give the row back, as far as it lies in the span.
func TestFitRecoversTheRow(t *testing.T) {
	for seed := range uint64(20) {
		for _, rank := range []int{1, 4, evidenceN} {
			k := newKnown(seed, rank)
			want := linalg.MulVec(k.f.U, k.row)
			before := off(k.f.A, want)
			k.f.Fit(k.evidence(3*evidenceN, 1, 0))
			// Random equations have a condition of at most some thousand.
			if d := off(k.f.A, want); d > 1e-11 || before < 1e-7 {
				t.Errorf("seed %d, rank %d: off by %.1e, before by %.1e", seed, rank, d, before)
			}
			part := append([]float64(nil), k.row...)
			k.f.Reject(part)
			linalg.Axpy(1, k.f.Row(), part)
			if d := off(part, k.row); d > 1e-11 {
				t.Errorf("seed %d, rank %d: the row and what is outside the span do not add up, by %.1e", seed, rank, d)
			}
		}
	}
}

// The certain equations outweigh the others: a fit is as good as its best ones.
func TestFitWeighsByCertainty(t *testing.T) {
	k := newKnown(1, 5)
	want := linalg.MulVec(k.f.U, k.row)
	e := k.evidence(40, 1, 0)
	for range 40 { // far off, and known to be
		u := k.inSpan()
		e.Add(u, linalg.Dot(u, k.row)+k.r.Normal(), 1e3)
	}
	// The weights differ by 1e3/1e-4, and enter squared.
	if d := off(k.fitted(e), want); d > 1e-12 {
		t.Errorf("off by %.1e", d)
	}
}

// Compressed evidence says the same.
func TestCompress(t *testing.T) {
	for seed := range uint64(20) {
		for _, rank := range []int{3, evidenceN} {
			k := newKnown(seed, rank)
			e := k.evidence(60, 1, 1)
			c := &signature.Evidence{N: e.N, M: append([]float64(nil), e.M...)}
			c.Compress()
			if len(c.M) != (evidenceN+1)*(evidenceN+1) {
				t.Fatalf("seed %d: %d numbers are left", seed, len(c.M))
			}
			if d := off(k.fitted(c), k.fitted(e)); d > 1e-9 {
				t.Errorf("seed %d, rank %d: another fit, by %.1e", seed, rank, d)
			}
			// What is found later counts the same on top of either.
			more := k.evidence(5, 1, 1)
			e.Merge(more, 1)
			c.Merge(more, 1)
			if d := off(k.fitted(c), k.fitted(e)); d > 1e-9 {
				t.Errorf("seed %d, rank %d: another fit with more, by %.1e", seed, rank, d)
			}
		}
	}
	few := newKnown(1, 4).evidence(6, 1, 1)
	before := slices.Clone(few.M)
	if few.Compress(); !slices.Equal(few.M, before) {
		t.Error("few equations were changed")
	}
}

// Compressed evidence leaves the same direction least certain. The equations here
// say that ŵ is orthogonal to something, as critical points do, and one gives
// its scale, so that the weight of the scale does not matter.
func TestCompressKeepsTheWeakest(t *testing.T) {
	for seed := range uint64(20) {
		for _, rank := range []int{3, evidenceN} {
			k := newKnown(seed, rank)
			row := k.f.Row()
			e := &signature.Evidence{N: evidenceN}
			for range 60 {
				u := k.inSpan()
				linalg.Axpy(-linalg.Dot(u, row)/linalg.Dot(row, row), row, u)
				e.Add(u, 0, math.Ldexp(1e-6, k.r.Intn(8)))
			}
			size := linalg.Norm(row)
			unit := append([]float64(nil), row...)
			linalg.Scale(1/size, unit)
			e.Add(unit, size, 1e-9) // sharper than all others
			v, sigma := k.f.Weakest(e)
			e.Compress()
			vc, sigmac := k.f.Weakest(e)
			if math.Abs(sigma-sigmac) > 1e-9*sigma {
				t.Errorf("seed %d, rank %d: the error is %v, compressed %v", seed, rank, sigma, sigmac)
			}
			if c := math.Abs(linalg.Dot(v, vc)); c < 1-1e-9 {
				t.Errorf("seed %d, rank %d: the weakest directions have cosine %v", seed, rank, c)
			}
			if c := math.Abs(linalg.Dot(v, row)) / linalg.Norm(row); c > 1e-9 {
				t.Errorf("seed %d, rank %d: the weakest direction is that of the scale, cosine %v", seed, rank, c)
			}
		}
	}
}

// An equation that gives the scale says nothing else: where the others leave a
// direction open, no sharp value makes it certain.
func TestWeakestTakesNothingFromTheScale(t *testing.T) {
	for seed := range uint64(20) {
		k := newKnown(seed, evidenceN)
		row := k.f.Row()
		open := k.inSpan() // what the places do not see
		linalg.Axpy(-linalg.Dot(open, row)/linalg.Dot(row, row), row, open)
		linalg.Scale(1/linalg.Norm(open), open)
		e := &signature.Evidence{N: evidenceN}
		for range 60 {
			u := k.inSpan()
			linalg.Axpy(-linalg.Dot(u, row)/linalg.Dot(row, row), row, u)
			linalg.Axpy(-linalg.Dot(u, open), open, u)
			e.Add(u, 0, 1e-9)
		}
		u := append([]float64(nil), open...)
		linalg.Axpy(1/linalg.Norm(row), row, u)
		e.Add(u, linalg.Dot(u, row), 1e-9) // the only one with a value, and it sees that
		v, sigma := k.f.Weakest(e)
		if !(sigma > 1e-3) {
			t.Errorf("seed %d: an error of %.1e", seed, sigma)
		}
		if c := math.Abs(linalg.Dot(v, open)); c < 1-1e-6 {
			t.Errorf("seed %d: the weakest direction has cosine %v with what is open", seed, c)
		}
	}
}

// Evidence on a row of another scale, also of the other sign, counts like
// evidence on the row.
func TestEvidenceMerge(t *testing.T) {
	for _, s := range []float64{1, 3, 0.02, -1, -0.5, -40} {
		k := newKnown(7, 6)
		own := k.evidence(4, 1, 1) // too little alone
		state := *k.r
		here := k.evidence(12, 1, 1)
		*k.r = state
		there := k.evidence(12, 1/s, 1) // the same equations on ŵ/s
		together := &signature.Evidence{N: evidenceN, M: append(slices.Clone(own.M), here.M...)}
		merged := &signature.Evidence{N: evidenceN, M: slices.Clone(own.M)}
		merged.Merge(there, s)
		want := k.fitted(together)
		if off(want, k.f.A) < 1e-7 {
			t.Fatal("the fit did nothing")
		}
		if d := off(k.fitted(merged), want); d > 1e-9 {
			t.Errorf("scale %v: another fit, by %.1e", s, d)
		}
		k.f.Fit(together)
		_, sigma := k.f.Weakest(together)
		if _, m := k.f.Weakest(merged); math.Abs(m-sigma) > 1e-9*sigma {
			t.Errorf("scale %v: the error is %v, want %v", s, m, sigma)
		}
	}
}

// The weakest direction is the one of which nothing sharp is known; evidence
// along it makes it sharp.
func TestWeakest(t *testing.T) {
	for seed := range uint64(20) {
		k := newKnown(seed, evidenceN)
		k.f.Fit(k.evidence(30, 1, 0))
		// A direction that the scale of the row does not hide.
		dim := k.r.NormalVec(make([]float64, evidenceN), 1)
		linalg.Axpy(-linalg.Dot(dim, k.row)/linalg.Dot(k.row, k.row), k.row, dim)
		linalg.Scale(1/linalg.Norm(dim), dim)
		e := &signature.Evidence{N: evidenceN}
		for range 30 {
			u := k.inSpan()
			linalg.Axpy(-linalg.Dot(u, dim), dim, u)
			e.Add(u, linalg.Dot(u, k.row), 1e-9)
		}
		const vague, sharp = 1e-3, 1e-10
		e.Add(dim, linalg.Dot(dim, k.row), vague)
		v, sigma := k.f.Weakest(e)
		if c := math.Abs(linalg.Dot(v, dim)); c < 1-1e-9 || math.Abs(linalg.Norm(v)-1) > 1e-12 {
			t.Errorf("seed %d: cosine %v to the direction that is vague", seed, c)
		}
		if math.Abs(sigma-vague) > 1e-6*vague { // the others are a million times as sharp
			t.Errorf("seed %d: the error is %v, want %v", seed, sigma, vague)
		}
		e.Add(dim, linalg.Dot(dim, k.row), sharp)
		if v, after := k.f.Weakest(e); after > 1e-8 || math.Abs(linalg.Dot(v, dim)) > 0.5 {
			t.Errorf("seed %d: with evidence along it the error is still %v, cosine %v", seed, after, linalg.Dot(v, dim))
		}
	}
	k := newKnown(3, 5)
	if _, sigma := k.f.Weakest(k.evidence(2, 1, 0)); !math.IsInf(sigma, 1) {
		t.Errorf("two equations leave an error of %v", sigma)
	}
}

// An equation that is far off is found though the fit follows it so far that the
// residuals of others are larger, and without it the fit is as good as before.
func TestOutlier(t *testing.T) {
	for seed := range uint64(20) {
		k := newKnown(seed, 8)
		e := k.evidence(24, 1, 1)
		k.f.Fit(e)
		want := slices.Clone(k.f.A)
		if _, miss, times := e.Outlier(k.f); miss > 20 || times > 12 {
			t.Errorf("seed %d: an equation misses the others by %.0f σ, %.1f times their own", seed, miss, times)
		}
		if m := e.Misfit(k.f); m < 0.5 || m > 1.6 {
			t.Errorf("seed %d: the misfit is %.2f", seed, m)
		}
		const far = 1e5
		u := k.inSpan()
		e.Add(u, linalg.Dot(u, k.row)+float64(far*1e-6), 1e-6)
		k.f.Fit(e)
		if m := e.Misfit(k.f); m < 1e3 {
			t.Errorf("seed %d: the misfit is only %.2f with an equation far off", seed, m)
		}
		j, miss, times := e.Outlier(k.f)
		if j != 24 || miss < far/2 || miss > 2*far || times < 1e3 {
			t.Fatalf("seed %d: equation %d misses the others by %.1e σ, %.1e times their own", seed, j, miss, times)
		}
		e.Drop(j)
		k.f.Fit(e)
		if d := off(k.f.A, want); e.Rows() != 24 || d > 1e-11 {
			t.Errorf("seed %d: %d equations are left, the fit is off by %.1e", seed, e.Rows(), d)
		}
	}
}

// What one equation alone says the others cannot contradict, and too few say
// nothing of each other.
func TestOutlierIsNeverTheOnlyOne(t *testing.T) {
	k := newKnown(4, 5)
	open := k.inSpan()
	linalg.Scale(1/linalg.Norm(open), open)
	e := &signature.Evidence{N: evidenceN}
	for range 20 {
		u := k.inSpan()
		linalg.Axpy(-linalg.Dot(u, open), open, u)
		e.Add(u, linalg.Dot(u, k.row)+float64(1e-6*k.r.Normal()), 1e-6)
	}
	e.Add(open, 1e3, 1e-6)
	k.f.Fit(e)
	if j, _, _ := e.Outlier(k.f); j == 20 {
		t.Error("the only equation along a direction is called wrong")
	}
	if j, _, _ := k.evidence(6, 1, 1).Outlier(k.f); j != -1 {
		t.Errorf("of six equations for five unknowns number %d is called wrong", j)
	}
}

// Evidence that does not determine the values leaves them as they are.
func TestFitLeavesWhatItCannotTell(t *testing.T) {
	k := newKnown(5, 4)
	before := slices.Clone(k.f.A)
	same := func(name string, e *signature.Evidence) {
		t.Helper()
		if k.f.Fit(e); !slices.Equal(k.f.A, before) {
			t.Errorf("%s: %v, was %v", name, k.f.A, before)
		}
	}
	same("none", &signature.Evidence{N: evidenceN})
	same("three equations for four", k.evidence(3, 1, 0))
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		e := k.evidence(10, 1, 0)
		e.M[evidenceN] = v // a value
		same("a value", e)
		e = k.evidence(10, 1, 0)
		e.M[2] = v // a coefficient
		same("a coefficient", e)
	}
	zero := &signature.Evidence{N: evidenceN}
	for range 10 {
		zero.Add(make([]float64, evidenceN), 0, 1e-6)
	}
	same("equations 0 = 0", zero)
}
