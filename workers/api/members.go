package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// member is a student in a room: a nickname they chose, and nothing else about
// them.
type member struct {
	Nickname string    `json:"nickname"`
	Token    string    `json:"token"`  // its hash
	Joined   int64     `json:"joined"` // seconds since 1970
	Round    int       `json:"round"`  // of the room, that the progress is of
	Progress *Progress `json:"progress,omitempty"`
	Meter    meter     `json:"meter"` // of reports
}

// memberID follows from the nickname, so that two cannot have the same one.
func memberID(nickname string) string {
	h := sha256.Sum256([]byte("peel nickname " + strings.ToLower(nickname)))
	return hex.EncodeToString(h[:8])
}

func isMemberID(s string) bool { return len(s) == 16 && strings.Trim(s, "0123456789abcdef") == "" }

func memberName(id string) string { return "member/" + id }

// askedName is the record of what a member has asked the oracle.
func askedName(id string) string { return "asked/" + id }

// memberToken takes a member's token apart: CODE.ID.SECRET.
func memberToken(token string) (code, id string, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || !isCode(parts[0]) || !isMemberID(parts[1]) {
		return "", "", false
	}
	return parts[0], parts[1], true
}

// joinRequest is the body of POST /api/rooms/CODE/members.
type joinRequest struct {
	Nickname string `json:"nickname"`
	// Secret is chosen by the client, 32 hex digits, so that joining again
	// after a lost answer is not a second member. Empty: the server chooses.
	Secret string `json:"secret"`
}

func (s *server) joinRoom(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	room, err := s.room(r, code)
	if err != nil {
		return err
	}
	var in joinRequest
	if err := readJSON(w, r, maxSmall, &in); err != nil {
		return err
	}
	nickname, ok := plainText(in.Nickname, MaxNickname)
	if !ok || nickname == "" {
		return invalid("A nickname has 1 to %d characters, all of them visible; choose another.", MaxNickname)
	}
	if in.Secret == "" {
		in.Secret = newToken()
	} else if len(in.Secret) != 32 || strings.Trim(in.Secret, "0123456789abcdef") != "" {
		return invalid("The secret is not 32 hex digits; leave it out to be given one.")
	}
	id := memberID(nickname)
	token := code + "." + id + "." + in.Secret
	answer := map[string]string{"id": id, "nickname": nickname, "token": token}
	all, err := s.Store.List(r.Context(), roomKey(code))
	if err != nil {
		return err
	}
	count := 0
	for _, record := range all {
		if strings.HasPrefix(record.Name, memberName("")) {
			count++
		}
	}
	if count >= MaxMembers {
		return newProblem(http.StatusConflict, "room-full", "The room is full",
			"This room has %d members already; ask the teacher to open another one.", count)
	}
	value, err := json.Marshal(member{Nickname: nickname, Token: hashToken(token), Joined: s.Now().Unix(), Round: room.Round})
	if err != nil {
		return err
	}
	err = s.Store.Update(r.Context(), roomKey(code), memberName(id), room.expiry(), ifNew(value))
	if errors.Is(err, errExists) {
		return s.joinAgain(w, r, code, id, answer)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, answer)
}

// joinAgain answers somebody who is a member already, and nobody else.
func (s *server) joinAgain(w http.ResponseWriter, r *http.Request, code, id string, answer map[string]string) error {
	m, err := s.member(r, code, id)
	if err != nil {
		return err
	}
	if m.Token != hashToken(answer["token"]) {
		return newProblem(http.StatusConflict, "nickname-taken", "The nickname is taken",
			"Somebody in this room has this nickname; choose another.")
	}
	return writeJSON(w, http.StatusOK, answer)
}

// member returns a member of a room.
func (s *server) member(r *http.Request, code, id string) (*member, error) {
	if !isMemberID(id) {
		return nil, errNoMember
	}
	value, err := s.Store.Read(r.Context(), roomKey(code), memberName(id))
	if err != nil {
		return nil, err
	}
	return decodeMember(value)
}

func decodeMember(value []byte) (*member, error) {
	if value == nil {
		return nil, errNoMember
	}
	var m member
	if err := json.Unmarshal(value, &m); err != nil {
		return nil, err
	}
	return &m, nil
}

// leaveRoom removes a member, who leaves or whom the teacher removes.
func (s *server) leaveRoom(w http.ResponseWriter, r *http.Request) error {
	code, id := r.PathValue("code"), r.PathValue("id")
	room, err := s.room(r, code)
	if err != nil {
		return err
	}
	m, err := s.member(r, code, id)
	if err != nil {
		return err
	}
	if err := checkToken(r, m.Token, room.Teacher); err != nil {
		return err
	}
	err = s.Store.Update(r.Context(), roomKey(code), memberName(id), room.expiry(), func([]byte) ([]byte, error) {
		return nil, nil
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]bool{"deleted": true})
}
