package campaign

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"peel/core/run"
)

// Seeds are whole numbers, written "1-4", "7" or "20,42".
type Seeds []uint64

func (s *Seeds) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("%.60s is not a range of numbers; write \"1-4\" or \"20,42\"", data)
	}
	*s = nil
	for _, part := range strings.Split(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 64)
		to, err2 := strconv.ParseUint(last, 10, 64)
		if err != nil || err2 != nil || from > to || to > run.MaxSeed {
			return fmt.Errorf("%.60q is not a range of numbers; write \"1-4\" or \"20,42\"", text)
		}
		if to-from >= maxSeeds || len(*s)+int(to-from) >= maxSeeds {
			return fmt.Errorf("%.60q are more than %d numbers", text, maxSeeds)
		}
		for n := from; n <= to; n++ {
			*s = append(*s, n)
		}
	}
	return nil
}

func (s Seeds) MarshalJSON() ([]byte, error) {
	var parts []string
	for i := 0; i < len(s); {
		n := 1
		for i+n < len(s) && s[i+n] == s[i]+uint64(n) {
			n++
		}
		part := strconv.FormatUint(s[i], 10)
		if n > 1 {
			part += "-" + strconv.FormatUint(s[i+n-1], 10)
		}
		parts = append(parts, part)
		i += n
	}
	return json.Marshal(strings.Join(parts, ","))
}
