package link

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"peel/core/rng"
)

var kinds = []error{ErrForeign, ErrFuture, ErrTruncated, ErrBroken, ErrHostile}

// refused asserts that a text is refused as one kind of link, in one sentence.
func refused(t *testing.T, name, s string, want error) {
	t.Helper()
	e, err := Decode(s)
	if err == nil {
		t.Errorf("%s: %q was read as %+v", name, s, e)
		return
	}
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", name, err, want)
	}
	if text := err.Error(); strings.ContainsAny(text, "\n\x00") || len(text) > 300 {
		t.Errorf("%s: %q is not one plain sentence", name, text)
	}
}

func TestForeign(t *testing.T) {
	for _, s := range []string{"", "work", "peel", "peel.", "peel1", "peelx.AAAA", "peel01.AAAA", "peel0.AAAA", "peel-1.AAAA", "peel99999.AAAA",
		"Peel1.AAAA", " peel1.AAAA", "peel１.AAAA", "xpeel1.AAAA", "https://example.org/#peel1.AAAA", strings.Repeat("a", 1<<20)} {
		want := ErrForeign
		if s == "peel1" {
			want = ErrTruncated
		}
		refused(t, "foreign", s, want)
	}
}

func TestFuture(t *testing.T) {
	for _, s := range []string{"peel2.", "peel2.AAAA", "peel10.whatever comes then", "peel9999." + strings.Repeat("a", 1<<20)} {
		refused(t, "future", s, ErrFuture)
	}
	for name, body := range map[string][]byte{
		"method":    {1, '2', 9},
		"kind":      {1, '2', 1, 9},
		"generator": {1, '2', 1, kindRecipe, 9, 3, 2, 2, 1, 0},
		"flags":     {1, '2', 1, kindRecipe, 1, 3, 2, 2, 1, 0, 0x80},
		"format":    {1, '2', 1, kindRecipe, 1, 3, 2, 2, 1, 0, flagFormat, 3},
		"claim":     {1, '2', 1, kindRecipe, 1, 3, 2, 2, 1, 0, 0, 7, 3},
	} {
		refused(t, name, seal(body), ErrFuture)
	}
}

// TestTruncated: a link that lost its end says so, wherever it was cut.
func TestTruncated(t *testing.T) {
	for name, e := range examples {
		s := same(t, e)
		for n := len("peel1"); n < len(s); n++ {
			refused(t, name, s[:n], ErrTruncated)
		}
		refused(t, name, s+"A", ErrBroken)
		refused(t, name, s+".", ErrBroken)
		refused(t, name, s+"\n", ErrBroken)
		refused(t, name, s+"=", ErrBroken)
	}
}

// TestMistyped: one wrong character is always noticed, and never taken for
// anything worse. Those of the length may look like a truncated link.
func TestMistyped(t *testing.T) {
	for name, e := range examples {
		s := same(t, e)
		for i := len(prefix); i < len(s); i++ {
			for _, c := range alphabet[:4] + alphabet[60:] + " é" {
				typed := s[:i] + string(c) + s[i+1:]
				if typed == s {
					continue
				}
				_, err := Decode(typed)
				if !errors.Is(err, ErrBroken) && !(i < len(prefix)+headText && errors.Is(err, ErrTruncated)) {
					t.Fatalf("%s with %q at %d: %v", name, c, i, err)
				}
			}
		}
		for i := len(prefix) + 1; i < len(s); i++ { // neighbours exchanged
			if typed := s[:i-1] + s[i:i+1] + s[i-1:i] + s[i+1:]; typed != s {
				if _, err := Decode(typed); err == nil {
					t.Errorf("%s with %d and %d exchanged was read", name, i-1, i)
				}
			}
		}
	}
}

// TestHostile: links whose checksum is right and whose content is not.
func TestHostile(t *testing.T) {
	number := func(v uint64) []byte { return binary.AppendUvarint(nil, v) }
	join := func(parts ...[]byte) []byte {
		var b []byte
		for _, p := range parts {
			b = append(b, p...)
		}
		return b
	}
	head := []byte{1, '2', 1}
	sizes := []byte{3, 2, 2, 1}
	recipe := join(head, []byte{kindRecipe, 1}, sizes, []byte{0})
	rest := []byte{0, 0, 0} // no limits, seed 0, no claim
	bytes32 := make([]byte, 32)
	weights := make([]byte, 9*8) // of a 2-2-1 network
	binary.LittleEndian.PutUint64(weights, math.Float64bits(math.Pi))
	nan := append([]byte(nil), weights...)
	binary.LittleEndian.PutUint64(nan, math.Float64bits(math.NaN()))
	minus := append([]byte(nil), weights...)
	binary.LittleEndian.PutUint64(minus[8:], math.Float64bits(math.Copysign(0, -1)))
	inline := func(bytes byte, w []byte) []byte {
		return join(head, []byte{kindInline}, sizes, []byte{bytes}, w, rest)
	}
	noise := func(v float64) []byte {
		return join(recipe, []byte{flagNoise}, binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)), []byte{0, 0})
	}
	if _, err := Decode(seal(join(recipe, rest))); err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(seal(inline(8, weights))); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{
		"empty":                    {},
		"ends after the engine":    {1, '2'},
		"ends in a number":         join(head, []byte{kindRecipe, 1, 0x80}),
		"ends before the claim":    join(recipe, []byte{0, 0}),
		"goes on after its end":    join(recipe, rest, []byte{0}),
		"engine of no letters":     join([]byte{0, 1}, recipe[3:], rest),
		"engine with a zero byte":  join([]byte{1, 0, 1}, recipe[3:], rest),
		"engine longer than all":   join(number(1<<40), recipe),
		"number of 11 bytes":       join(head, []byte{kindRecipe, 1}, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}),
		"number with a zero ahead": join(recipe[:len(recipe)-1], []byte{0x80, 0}, rest),
		"seed of 64 bits":          join(recipe, []byte{0}, number(math.MaxUint64), []byte{0}),
		"no sizes":                 join(head, []byte{kindRecipe, 1, 0, 0}, rest),
		"one size":                 join(head, []byte{kindRecipe, 1, 1, 2, 0}, rest),
		"many sizes":               join(head, []byte{kindRecipe, 1}, number(1<<50), rest),
		"a width of zero":          join(head, []byte{kindRecipe, 1, 3, 2, 0, 1, 0}, rest),
		"a width of 2^40":          join(head, []byte{kindRecipe, 1, 3, 2}, number(1<<40), []byte{1, 0}, rest),
		"2^21 parameters":          join(head, []byte{kindRecipe, 1, 4}, number(4096), number(512), number(512), []byte{1, 0}, rest),
		"path for a name":          join(head, []byte{kindShipped, 4}, []byte("../a"), sizes, bytes32, rest),
		"markup for a name":        join(head, []byte{kindShipped, 4}, []byte("<b>x"), sizes, bytes32, rest),
		"budget of zero":           join(recipe, []byte{flagBudget, 0, 0, 0}),
		"format of float64":        join(recipe, []byte{flagFormat, 0, 0, 0}),
		"no decimals":              join(recipe, []byte{flagDecimals, 0, 0, 0}),
		"200 decimals":             join(recipe, []byte{flagDecimals, 200, 0, 0}),
		"no noise":                 noise(0),
		"negative noise":           noise(-1),
		"noise that is no number":  noise(math.NaN()),
		"infinite noise":           noise(math.Inf(1)),
		"claim cut short":          join(recipe, []byte{0, 0, claimComplete}, bytes32[:31]),
		"more neurons than it has": join(recipe, []byte{0, 0, claimComplete}, bytes32, []byte{5, 3}),
		"weights of two bytes":     inline(2, weights),
		"weights cut short":        inline(8, weights[:70]),
		"more weights than fit":    join(head, []byte{kindInline, 3}, number(4096), []byte{200, 1, 1, 8}, rest),
		"NaN weight":               inline(8, nan),
		"negative zero weight":     inline(8, minus),
		"float64 for float32":      inline(8, make([]byte, 9*8)),
	} {
		refused(t, name, seal(body), ErrHostile)
	}
	refused(t, "too long", prefix+strings.Repeat("A", MaxText), ErrHostile)
}

// TestRandomBodies: whatever a body holds under a right checksum, reading it
// ends in an experiment with that very text or in an error of a known kind.
func TestRandomBodies(t *testing.T) {
	var bodies [][]byte
	for _, e := range examples {
		body, err := open(same(t, e))
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	r := rng.New(1)
	read := 0
	for range 20_000 {
		body := append([]byte(nil), bodies[r.Intn(len(bodies))]...)
		for range 1 + r.Intn(3) {
			at := r.Intn(len(body))
			switch r.Intn(4) {
			case 0:
				body[at] = byte(r.Uint64())
			case 1:
				body[at] ^= 1 << r.Intn(8)
			case 2:
				body = append(body[:at], body[at+1:]...)
			case 3:
				body = append(body[:at], append([]byte{byte(r.Uint64())}, body[at:]...)...)
			}
			if len(body) == 0 {
				break
			}
		}
		if sound(t, seal(body)) {
			read++
		}
	}
	if read < 300 { // a changed hash or weight is another experiment
		t.Errorf("only %d changed bodies could be read", read)
	}
}

// sound reads a text and asserts what holds for every text. It reports whether
// it was an experiment.
func sound(t *testing.T, s string) bool {
	t.Helper()
	e, err := Decode(s)
	if err == nil {
		if again, err := Encode(e); err != nil || again != s {
			t.Fatalf("%q was read, and written as %q (%v)", s, again, err)
		}
		if e.Attack() == nil {
			t.Fatalf("%q says nothing", s)
		}
		e.Result()
		return true
	}
	known := 0
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			known++
		}
	}
	if known != 1 || e != nil {
		t.Fatalf("%q: %v is of %d kinds", s, err, known)
	}
	return false
}

// FuzzDecode: whole texts.
func FuzzDecode(f *testing.F) {
	for _, e := range examples {
		s, err := Encode(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(s)
		f.Add(s[:len(s)/2])
	}
	f.Add("peel2.AAAA")
	f.Fuzz(func(t *testing.T, s string) { sound(t, s) })
}

// FuzzBody: bodies with a right checksum, which get further.
func FuzzBody(f *testing.F) {
	for _, e := range examples {
		s, err := Encode(e)
		if err != nil {
			f.Fatal(err)
		}
		body, err := open(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) < 1<<15 { // the length has 16 bits
			sound(t, seal(body))
		}
	})
}

func TestFragment(t *testing.T) {
	for address, want := range map[string]string{
		"peel1.AAAA": "peel1.AAAA", "#peel1.AAAA": "peel1.AAAA", " https://example.org/?embed#peel1.AAAA\n": "peel1.AAAA", "": "", "#": "",
	} {
		if got := Fragment(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
