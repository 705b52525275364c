package extract

import (
	"encoding/json"
	"errors"
	"fmt"

	"peel/core/critical"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// Config is what an extraction is given. The weights are not among it.
type Config struct {
	Sizes  []int // d0, d1, …, dout
	Seed   uint64
	Budget int64 // the most queries, 0 for any number
	Method method.Method
}

// State is what is known so far. It changes only in Apply.
type State struct {
	cfg    Config
	round  int
	narrow bool   // a share of the budget was too small once
	cut    string // what ended the run early, "" for nothing
	used   map[Phase]int64
	stage  stage // nil when the run has ended

	noise  critical.Noise // on inputs x ~ N(0,size²)
	size   float64        // 1, or how large inputs must be for answers to be exact enough
	given  *given         // what an idealised run begins with
	rows   *subspace      // row space of layer 1
	layers []*layer       // hidden layers, as far as reached
	out    *output
	folded bool        // what layers handed on is back in the victim's shape
	fitted *nn.Network // the whole network in layer 1's chart, once fitted to coarse answers
	fits   int         // how often
	whole  *nn.Network // and in the input's coordinates, where its chart was too coarse
	verify *verification

	mends    int         // how often the network was repaired
	patches  int         // how often weights were corrected from answers
	surveys  int         // how often nothing came of a survey
	left     int         // on how many known inputs a network was wrong when it was last corrected, 0 if it was not
	aims     int         // how often inputs were aimed before the run would end
	mend     *mending    // while it is
	wrongs   Vec         // inputs on which a survey found one wrong, with their answers
	kept     *version    // the best network so far, while it is
	unfolded []*layer    // the layers before they were folded
	strays   []candidate // critical points of an earlier layer's neurons that were missed
	// surprises are critical points that the network does not predict.
	surprises []candidate

	astray  int // sweeps given up because the answers are not piecewise linear
	missing []string
	events  []Event
}

// layer is what is known of one hidden layer.
type layer struct {
	index   int // 1-based
	chart   *chart
	neurons []*neuron
	corners []signature.Segment // segments between corners not yet swept
	cycles  int                 // how often the corners were gone round
	lines   int                 // how many rounds of lines were swept
	barren  int                 // how many of them in a row showed nothing new
	poorAt  int                 // how many were barren when critical points put by were taken up
	deep    *deep               // for layers behind a prefix that loses dimensions
	// searched says that the search for the layer's neurons is over, tested that
	// their signs were asked for.
	searched, tested bool
	efforts          int       // how often weights still lacking were sought
	through          []passing // weights that pass straight through
	handsAll         bool      // all inputs are handed on
	spanTested       bool      // whether that is needed was tested
	force            []force   // neurons that do not switch where an input is active
	learned          int       // grows whenever more is known of a deep layer
	handed           bool      // its inputs are handed on too, until its signs are known
	asked            int       // what was known when the signs of the layer before were last asked for
}

// neuron is a recovered row in the chart of its layer.
type neuron struct {
	signature.Hyperplane
	sign float64 // orientation that is active: +1, −1, or 0 when undecided
	hits []signature.Hit
	// folded says that it, or a neuron it was signed along with, is active on
	// every input, and known up to what no answer can tell.
	folded bool
	// kept says that it never switched where it was seen, so that its bias only
	// keeps it on.
	kept bool
	// came says that it was missed and follows from wrong answers (come), and traced
	// that it was traced from there.
	came, traced bool
	// strength is how much the output follows the neuron, in the root mean
	// square over its critical points; deep layers only.
	strength float64
	// part is what is known of the row; deep layers only, where some weights may
	// not show on any reachable part of the hyperplane.
	part *guess
	// lean is the log-likelihood ratio of the last test of the sign; assumed says
	// that the sign follows it though it was not clear.
	lean    float64
	assumed bool
	hint    float64 // the sign that was assumed before
	told    float64 // the sign that the next layer told, 0 if it did not
	// pass is whether this is no neuron but what the layer hands on as it is: an
	// input, or the pre-activation of a neuron whose sign is not known.
	pass bool
	of   *neuron
	// resolved lists the inputs whose weights do not show and need not be known, and
	// passed those of them whose weights follow from what passes straight through.
	resolved, passed []int
}

// width is the number of neurons the layer has.
func (s *State) width(layer int) int { return s.cfg.Sizes[layer] }

// hidden is the number of hidden layers.
func (s *State) hidden() int { return len(s.cfg.Sizes) - 2 }

// stage is one step of the attack: a queue of independent tasks.
type stage interface {
	phase() Phase
	layer() int
	kind() string
	// tasks is the number of tasks that are ready.
	tasks(s *State) int
	// cost is the most queries one of them usually asks.
	cost(s *State) int64
	// do does task i. It must not change the state.
	do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error)
	// apply takes the results of tasks 0 … n−1 in order and says what comes next.
	apply(s *State, results []json.RawMessage) (stage, error)
}

// New returns the state before the first round.
func New(cfg Config) *State {
	s := &State{cfg: cfg, used: map[Phase]int64{}, stage: &scaleStage{}}
	if cfg.Method.Idealised > 0 {
		s.stage = givenStage{}
	}
	return s
}

// Round is the index of the current round.
func (s *State) Round() int { return s.round }

// Queries is the number of queries of all applied results.
func (s *State) Queries() int64 {
	n := int64(0)
	for _, p := range Phases {
		n += s.used[p]
	}
	return n
}

// StartEvent describes the run as it begins or resumes.
func (s *State) StartEvent(resumed bool) Event {
	return Event{V: EventVersion, Type: "start", Sizes: s.cfg.Sizes, Params: nn.ParamsOf(s.cfg.Sizes), Queries: s.Queries(), Resumed: resumed}
}

// Tasks returns the tasks of the current round, none when the run has ended.
//
// A round's width depends on the state alone. Under a budget each task gets a
// share, and the shares never add up to more than is left, so the budget holds
// whatever runs in parallel. When a share was too small for its task the rest of
// the run goes on one task at a time, each with all that is left.
func (s *State) Tasks() []Task {
	if s.stage == nil {
		return nil
	}
	n := s.stage.tasks(s)
	share := int64(-1)
	if s.cfg.Budget > 0 {
		left := max(0, s.cfg.Budget-s.Queries())
		n = int(max(1, min(int64(n), left/max(1, s.stage.cost(s)))))
		if s.narrow {
			n = 1
		}
		share = left / int64(n)
	}
	tasks := make([]Task, n)
	for i := range tasks {
		tasks[i] = Task{Round: s.round, Index: i, Phase: s.stage.phase(), Layer: s.stage.layer(), Kind: s.stage.kind(), Allowance: share}
	}
	return tasks
}

// Do does a task of the current round. It only reads the state.
func (s *State) Do(t Task, o oracle.Oracle) (Result, error) {
	res := Result{Round: t.Round, Index: t.Index, Phase: t.Phase}
	if s.stage == nil || t.Round != s.round {
		return res, fmt.Errorf("task %d of round %d came in round %d", t.Index, t.Round, s.round)
	}
	counter := oracle.Count(oracle.Finite{Oracle: o}, t.Allowance)
	r := rng.New(s.cfg.Seed, uint64(t.Round), uint64(t.Index))
	var found any
	var err error
	if given, ok := s.stage.(givenStage); ok {
		found, err = given.tell(s, o)
	} else {
		found, err = s.stage.do(s, t.Index, counter, r)
	}
	res.Queries = counter.Used()
	switch {
	case errors.Is(err, oracle.ErrBudget):
		res.Stop = stopBudget
		return res, nil
	case errors.Is(err, oracle.ErrOverflow):
		res.Stop = stopOverflow
		return res, nil
	case err != nil:
		return res, fmt.Errorf("%s, layer %d: %w", s.stage.kind(), s.stage.layer(), err)
	}
	if res.Data, err = encode(found); err != nil {
		return res, fmt.Errorf("%s, layer %d: an answer of the oracle is not a finite number: %w", s.stage.kind(), s.stage.layer(), err)
	}
	return res, nil
}

// Apply takes the results of all tasks of the round, in index order, and moves
// to the next round.
func (s *State) Apply(results []Result) ([]Event, error) {
	s.events = nil
	if n := len(s.Tasks()); len(results) != n {
		return nil, fmt.Errorf("the journal does not fit this run: round %d has %d tasks and %d results", s.round, n, len(results))
	}
	var data []json.RawMessage
	stopped, overflow := false, false
	for i, r := range results {
		if r.Round != s.round || r.Index != i {
			return nil, fmt.Errorf("the journal does not fit this run: round %d, task %d where round %d, task %d belongs", r.Round, r.Index, s.round, i)
		}
		s.used[r.Phase] += r.Queries
		stopped, overflow = stopped || r.Stop != "", overflow || r.Stop == stopOverflow
		if !stopped {
			data = append(data, r.Data)
		}
	}
	phase, at := s.stage.phase(), s.stage.layer()
	s.round++
	if stopped && len(results) > 1 && !overflow {
		s.narrow, stopped = true, false
	}
	next, err := s.stage.apply(s, data)
	if err != nil {
		return nil, fmt.Errorf("%s, layer %d: %w", s.stage.kind(), at, err)
	}
	switch {
	case s.kept == nil:
	case overflow || stopped:
		s.restore()
		s.endMending()
	case next == nil:
		next = s.judge()
	}
	if overflow {
		s.cut = "an answer too large for its format came"
		s.missing = append(s.missing, fmt.Sprintf("an answer in the %s phase of layer %d was too large for the format in which the oracle answers", phase, max(at, 1)))
		next = nil
	} else if stopped {
		s.cut = "the query budget ran out"
		s.missing = append(s.missing, fmt.Sprintf("the query budget of %d ran out in the %s phase of layer %d", s.cfg.Budget, phase, max(at, 1)))
		next = nil
	}
	if next == nil {
		s.fold()
	}
	s.stage = next
	if next != nil && (next.phase() != phase || next.layer() != at) {
		s.emit(Event{Type: "phase", Phase: next.phase(), Layer: next.layer()})
	}
	s.emit(Event{Type: "progress", Phase: phase, Layer: at, ByPhase: s.byPhase()})
	return s.events, nil
}

func (s *State) emit(e Event) {
	e.V, e.Queries = EventVersion, s.Queries()
	s.events = append(s.events, e)
}

func (s *State) byPhase() map[Phase]int64 {
	m := make(map[Phase]int64, len(Phases))
	for _, p := range Phases {
		m[p] = s.used[p]
	}
	return m
}

func (s *State) warn(format string, args ...any) {
	s.emit(Event{Type: "warning", Message: fmt.Sprintf(format, args...)})
}

// decode reads one task's result.
func decode[T any](data json.RawMessage) (T, error) {
	var v T
	if f, ok := any(&v).(vectors); ok && parseVectors(data, f.vectors()) {
		return v, nil
	}
	v = *new(T)
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("a result in the journal is damaged: %w", err)
	}
	return v, nil
}
