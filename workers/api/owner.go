package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"peel/workers/store"
)

// owned is the record beside a blob that somebody shared: who may delete it.
type owned struct {
	Token  string `json:"token"` // its hash
	Stored int64  `json:"stored"`
	Model  *model `json:"model,omitempty"`
}

// owned returns the record of a blob, nil if there is none.
func (s *server) owned(r *http.Request, key string) (*owned, error) {
	value, err := s.Store.Read(r.Context(), key, "owner")
	if err != nil || value == nil {
		return nil, err
	}
	var o owned
	if err := json.Unmarshal(value, &o); err != nil {
		return nil, err
	}
	return &o, nil
}

// errExists is returned for a record that ifNew found to exist.
var errExists = errors.New("the record exists")

// ifNew is a change that writes a record only where there is none.
func ifNew(value []byte) store.Change {
	return func(old []byte) ([]byte, error) {
		if old != nil {
			return nil, errExists
		}
		return value, nil
	}
}

// create stores a blob with put, and then its record with a new token, which it
// returns. Where both are there already it changes nothing and returns "".
func (s *server) create(r *http.Request, key string, o owned, put func() error) (token string, err error) {
	old, err := s.owned(r, key)
	if err != nil {
		return "", err
	}
	if old != nil {
		if _, err := s.Store.Get(r.Context(), key); !errors.Is(err, store.ErrMissing) {
			return "", err
		}
		return "", put()
	}
	if err := s.limitCreation(r); err != nil {
		return "", err
	}
	if err := put(); err != nil {
		return "", err
	}
	token = newToken()
	o.Token, o.Stored = hashToken(token), s.Now().Unix()
	value, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	err = s.Store.Update(r.Context(), key, "owner", time.Time{}, ifNew(value))
	if errors.Is(err, errExists) { // somebody else was faster with the same
		return "", nil
	}
	return token, err
}

// remove deletes a blob and its record, for whoever has its token.
func (s *server) remove(w http.ResponseWriter, r *http.Request, key string, missing *problem) error {
	o, err := s.owned(r, key)
	if err != nil {
		return err
	}
	if o == nil {
		return missing
	}
	if err := checkToken(r, o.Token); err != nil {
		return err
	}
	// The record first: what it does not name is not answered with.
	if err := s.Store.Clear(r.Context(), key); err != nil {
		return err
	}
	if err := s.Store.Drop(r.Context(), key); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]bool{"deleted": true})
}
