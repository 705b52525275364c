package link

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"peel/core/run"
)

// Decode reads the text of a link: what follows the # of an address.
func Decode(s string) (*Experiment, error) {
	body, err := open(s)
	if err != nil {
		return nil, err
	}
	e, err := parse(body)
	if err != nil {
		return nil, err
	}
	if again, err := Encode(e); err != nil || again != s {
		return nil, hostile("it is not written the one way in which Peel writes it")
	}
	return e, nil
}

// Fragment returns what follows the # of an address, or the text itself.
func Fragment(address string) string {
	address = strings.TrimSpace(address)
	return address[strings.IndexByte(address, '#')+1:]
}

// headText is how many characters hold the length.
const headText = 4

// open checks everything about a text but its meaning, and returns its body.
func open(s string) ([]byte, error) {
	version, rest, _ := strings.Cut(s, ".")
	number, marked := strings.CutPrefix(version, "peel")
	if !marked || number == "" || len(number) > 4 || strings.Trim(number, digits) != "" || number[0] == '0' {
		return nil, fmt.Errorf("%w: one begins with “%s”; check the address", ErrForeign, prefix)
	}
	if number != strconv.Itoa(Version) {
		return nil, future("it has format version %s and this one reads version %d", number, Version)
	}
	if len(s) > MaxText {
		return nil, hostile("it has more than %d characters", MaxText)
	}
	if odd := strings.TrimLeft(rest, alphabet); odd != "" {
		return nil, fmt.Errorf("%w: it holds %q, which no link does; copy it again", ErrBroken, []rune(odd)[0])
	}
	want := headText
	if len(rest) >= headText {
		head, err := text.DecodeString(rest[:headText])
		if err != nil {
			return nil, errChecksum // four characters are always three bytes
		}
		want = text.EncodedLen(lengthBytes + int(binary.BigEndian.Uint16(head)))
	}
	if len(rest) < want {
		return nil, fmt.Errorf("%w: only %d of its characters are there; copy it whole", ErrTruncated, len(s))
	}
	if len(rest) > want {
		return nil, fmt.Errorf("%w: something was added to it; copy it again", ErrBroken)
	}
	b, err := text.DecodeString(rest)
	if err != nil || len(b) < lengthBytes+checksumBytes {
		return nil, errChecksum
	}
	b, sum := b[:len(b)-checksumBytes], b[len(b)-checksumBytes:]
	if checksum(b) != binary.BigEndian.Uint32(sum) {
		return nil, errChecksum
	}
	return b[lengthBytes:], nil
}

var errChecksum = fmt.Errorf("%w: its checksum is wrong; copy it again", ErrBroken)

// parse reads a body.
func parse(body []byte) (*Experiment, error) {
	r := &reader{b: body}
	e := &Experiment{Engine: r.string(maxEngine), Method: r.method()}
	e.Victim = r.victim()
	e.Oracle = r.limits()
	e.Seed = r.number(run.MaxSeed)
	e.Claim = r.claim()
	if len(r.b) > 0 {
		r.fail(hostile("%d bytes follow its end", len(r.b)))
	}
	if r.err != nil {
		return nil, r.err
	}
	if err := e.check(); err != nil {
		return nil, hostile("%v", err)
	}
	return e, nil
}
