package link

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"peel/core/method"
	"peel/core/nn"
)

// Kinds of victims.
const (
	kindShipped = 0
	kindRecipe  = 1
	kindInline  = 2
	kindFile    = 3
)

// Flags of the oracle's limits: what is set follows, in this order.
const (
	flagPlain    = 1 << iota   // nothing follows
	flagBudget                 // a whole number
	flagFormat                 // a byte, the place in formats
	flagDecimals               // a byte
	flagNoise                  // a float64
	flagsKnown   = 1<<iota - 1 // every flag above
)

// Methods.
const (
	methodOwn    = 1 // Peel's own, end to end
	methodChosen = 2 // what is chosen follows
)

// What is chosen of a method: the places of its two parts, flags, samples and
// the layer of an idealised run.
const (
	flagImprove = 1 << iota
	flagFloat32 // the format the attacker computes in
	flagFloat16
	methodsKnown = 1<<iota - 1 // every flag above
)

var (
	signatures = []string{method.Trace, method.Carlini, method.Foerster, method.Given}
	signs      = []string{method.Sequential, method.Freeze, method.Exhaustive, method.SOE, method.Wiggle, method.LastHidden}
)

var formats = []string{"", "float32", "float16"}

// Claims.
const (
	claimNone     = 0
	claimPartial  = 1
	claimComplete = 2
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + letters + digits + "-_"

// text is base64 for addresses, without padding and with nothing left over.
var text = base64.NewEncoding(alphabet).WithPadding(base64.NoPadding).Strict()

const (
	lengthBytes   = 2 // before the body
	checksumBytes = 4 // after it
)

// Encode returns the one text of an experiment.
func Encode(e *Experiment) (string, error) {
	if err := e.Check(); err != nil {
		return "", err
	}
	w := &writer{}
	w.string(e.Engine)
	w.method(e.Method)
	e.Victim.write(w)
	w.limits(e)
	w.number(e.Seed)
	w.claim(e.Claim)
	s := seal(w.b)
	if len(s) > MaxText {
		return "", fmt.Errorf("%w: it would take %d characters and a link has at most %d", ErrExperiment, len(s), MaxText)
	}
	return s, nil
}

// seal puts the length before a body and the checksum after it. The checksum is
// the CRC-32 (IEEE 802.3) of the prefix, the length and the body.
func seal(body []byte) string {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(body)+checksumBytes))
	b = append(b, body...)
	return prefix + text.EncodeToString(binary.BigEndian.AppendUint32(b, checksum(b)))
}

func checksum(b []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(prefix)), crc32.IEEETable, b)
}

// writer builds the body of a link.
type writer struct{ b []byte }

func (w *writer) byte(v byte)     { w.b = append(w.b, v) }
func (w *writer) number(v uint64) { w.b = binary.AppendUvarint(w.b, v) }

func (w *writer) string(s string) {
	w.number(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) hash(h string) {
	b, _ := hex.DecodeString(h) // checked before
	w.b = append(w.b, b...)
}

func (w *writer) sizes(sizes []int) {
	w.number(uint64(len(sizes)))
	for _, d := range sizes {
		w.number(uint64(d))
	}
}

func (w *writer) method(m method.Method) {
	if m.Default() {
		w.byte(methodOwn)
		return
	}
	w.byte(methodChosen)
	w.byte(byte(slices.Index(signatures, m.Signature)))
	w.byte(byte(slices.Index(signs, m.Sign)))
	flags := byte(0)
	if m.Improve {
		flags |= flagImprove
	}
	switch m.Bits {
	case 32:
		flags |= flagFloat32
	case 16:
		flags |= flagFloat16
	}
	w.byte(flags)
	w.number(uint64(m.Samples))
	w.number(uint64(m.Idealised))
}

func (w *writer) limits(e *Experiment) {
	at := len(w.b)
	w.byte(0)
	o := e.Oracle
	if o.Plain {
		w.b[at] |= flagPlain
	}
	if o.Budget > 0 {
		w.b[at] |= flagBudget
		w.number(uint64(o.Budget))
	}
	for i, name := range formats {
		if i > 0 && name == o.Format {
			w.b[at] |= flagFormat
			w.byte(byte(i))
		}
	}
	if o.Decimals > 0 {
		w.b[at] |= flagDecimals
		w.byte(byte(o.Decimals))
	}
	if o.Noise > 0 {
		w.b[at] |= flagNoise
		w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(o.Noise))
	}
}

func (w *writer) claim(c *Claim) {
	if c == nil {
		w.byte(claimNone)
		return
	}
	if c.Complete {
		w.byte(claimComplete)
	} else {
		w.byte(claimPartial)
	}
	w.hash(c.Digest)
	w.number(uint64(c.Queries))
	w.number(uint64(c.Neurons))
}

func (v Shipped) write(w *writer) {
	w.byte(kindShipped)
	w.string(v.ID)
	w.sizes(v.Sizes)
	w.hash(v.SHA256)
}

func (v Recipe) write(w *writer) {
	w.byte(kindRecipe)
	w.byte(byte(v.Generator))
	w.sizes(v.Sizes)
	w.number(v.Seed)
}

func (v File) write(w *writer) {
	w.byte(kindFile)
	w.sizes(v.Sizes)
	w.hash(v.SHA256)
}

func (v Inline) write(w *writer) {
	w.byte(kindInline)
	w.sizes(v.Network.Sizes())
	wide := wide(v.Network)
	w.byte(numberBytes(wide))
	each(v.Network, func(v *float64) {
		if wide {
			w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(*v+0)) // −0 is written as 0
		} else {
			w.b = binary.LittleEndian.AppendUint32(w.b, math.Float32bits(float32(*v+0)))
		}
	})
}

// each visits every parameter: of each layer the weights by rows, then the biases.
func each(net *nn.Network, visit func(v *float64)) {
	for i := range net.Layers {
		for j := range net.Layers[i].W {
			visit(&net.Layers[i].W[j])
		}
		for j := range net.Layers[i].B {
			visit(&net.Layers[i].B[j])
		}
	}
}

// wide reports whether some parameter is no float32.
func wide(net *nn.Network) bool {
	wide := false
	each(net, func(v *float64) { wide = wide || float64(float32(*v)) != *v })
	return wide
}

func numberBytes(wide bool) byte {
	if wide {
		return 8
	}
	return 4
}

func weightBytes(net *nn.Network) int { return net.Params() * int(numberBytes(wide(net))) }
