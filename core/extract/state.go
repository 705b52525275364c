package extract

import "peel/core/nn"
import "peel/core/oracle"

type Config struct {
	Sizes  []int
	Seed   uint64
	Budget int64
}
type State struct{ cfg Config }
type Outcome struct {
	Network  *nn.Network
	ByPhase  map[Phase]int64
	Queries  int64
	Complete bool
	Missing  []string
	MaxError float64
}

func New(c Config) *State                                        { return &State{c} }
func (s *State) StartEvent(resumed bool) Event                   { return Event{} }
func (s *State) Tasks() []Task                                   { return nil }
func (s *State) Round() int                                      { return 0 }
func (s *State) Do(t Task, o oracle.Oracle) (Result, error)      { return Result{}, nil }
func (s *State) Apply(rs []Result) ([]Event, error)              { return nil, nil }
func (s *State) Outcome() *Outcome                               { return &Outcome{Network: nn.New(s.cfg.Sizes)} }
func (o *Outcome) Event() Event                                  { return Event{V: EventVersion, Type: "done"} }
