package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
)

// Canonical returns the canonical encoding of a network: the number of sizes,
// the sizes, then W (row-major) and B of every layer, as little-endian 64-bit
// words. Negative zero is written as zero.
func (n *Network) Canonical() []byte {
	sizes := n.Sizes()
	out := make([]byte, 0, 8*(1+len(sizes)+n.Params()))
	put := func(u uint64) { out = binary.LittleEndian.AppendUint64(out, u) }
	put(uint64(len(sizes)))
	for _, s := range sizes {
		put(uint64(s))
	}
	for i := range n.Layers {
		for _, v := range n.Layers[i].W {
			put(math.Float64bits(v + 0))
		}
		for _, v := range n.Layers[i].B {
			put(math.Float64bits(v + 0))
		}
	}
	return out
}

// Fingerprint is the SHA-256 of Canonical, in 64 hex digits. It names a victim.
func (n *Network) Fingerprint() string {
	h := sha256.Sum256(n.Canonical())
	return hex.EncodeToString(h[:])
}
