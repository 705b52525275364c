package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
)

// newToken returns a capability: 128 random bits that allow what they were made
// for. Only its hash is stored.
func newToken() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// hashToken is what is stored of a token.
func hashToken(token string) string {
	h := sha256.Sum256([]byte("peel token " + token))
	return hex.EncodeToString(h[:])
}

// bearer returns the token of a request, or "".
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// checkToken checks that a request carries a token that has one of the hashes.
func checkToken(r *http.Request, hashes ...string) error {
	token := bearer(r)
	if token == "" {
		return errNoToken
	}
	have := []byte(hashToken(token))
	for _, want := range hashes {
		if subtle.ConstantTimeCompare(have, []byte(want)) == 1 {
			return nil
		}
	}
	return errWrongToken
}
