package run

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"peel/core/extract"
	"peel/core/nn"
)

// Digest is the SHA-256, in 64 hex digits, of the recovered network's canonical
// encoding followed by the query count of every phase in the order of
// extract.Phases, as little-endian 64-bit words.
func Digest(net *nn.Network, byPhase map[extract.Phase]int64) string {
	b := net.Canonical()
	for _, p := range extract.Phases {
		b = binary.LittleEndian.AppendUint64(b, uint64(byPhase[p]))
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
