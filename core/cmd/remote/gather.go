package remote

import "time"

// maxSenders is how many requests are under way at a time when more waits than
// fits into one. Otherwise it is one: while it is answered the next is gathered.
const maxSenders = 4

// Those whose points were answered soon ask again. A sender waits until all ask
// who did so lately, but no longer than this share of the time a request takes,
// and within these bounds.
const (
	gatherShare = 0.25
	gatherLeast = time.Millisecond
	gatherMost  = 50 * time.Millisecond
)

// ask is a batch that a task waits for, in one or several pieces.
type ask struct {
	pieces int
	err    error
	done   chan struct{}
}

// piece is a part of a batch that fits into one request.
type piece struct {
	x, y []float64
	of   *ask
}

// queue is what waits to be sent. It is guarded by the client's mutex.
type queue struct {
	pieces   []piece
	points   int           // in pieces
	senders  int           // how many requests are under way or gathered
	expected int           // how many ask at the moment, as far as is known
	arrived  chan struct{} // has a token after something was added
}

// ask answers the points in x. It returns when all of them are answered.
func (c *Client) ask(x, y []float64) error {
	if len(x) == 0 {
		return nil
	}
	in, out := c.Sizes[0], c.Sizes[len(c.Sizes)-1]
	a := &ask{done: make(chan struct{})}
	c.mu.Lock()
	if c.failed != nil {
		defer c.mu.Unlock()
		return c.failed
	}
	for points := len(x) / in; points > 0; {
		n := min(points, c.Points)
		c.queue.pieces = append(c.queue.pieces, piece{x[:n*in], y[:n*out], a})
		c.queue.points += n
		x, y, points = x[n*in:], y[n*out:], points-n
		a.pieces++
	}
	if c.queue.senders == 0 || c.queue.points > c.Points && c.queue.senders < maxSenders {
		c.queue.senders++
		go c.send()
	}
	c.mu.Unlock()
	select {
	case c.queue.arrived <- struct{}{}:
	default:
	}
	<-a.done
	return a.err
}

// send sends requests until nothing waits.
func (c *Client) send() {
	for {
		c.gather()
		batch := c.take()
		if batch == nil {
			return
		}
		c.finish(batch, c.post(batch))
	}
}

// gather waits until a request is worth sending.
func (c *Client) gather() {
	c.mu.Lock()
	usual := time.Duration(gatherShare * float64(c.usual))
	c.mu.Unlock()
	timer := time.NewTimer(min(max(usual, gatherLeast), gatherMost))
	defer timer.Stop()
	for {
		c.mu.Lock()
		enough := len(c.queue.pieces) > 0 && len(c.queue.pieces) >= c.queue.expected || c.queue.points >= c.Points
		c.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-c.queue.arrived:
		case <-timer.C:
			return
		}
	}
}

// take takes as many pieces, in their order, as fit into one request. When there
// are none the sender is done.
func (c *Client) take() []piece {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := &c.queue
	n, points := 0, 0
	for n < len(q.pieces) {
		more := len(q.pieces[n].x) / c.Sizes[0]
		if points+more > c.Points {
			break
		}
		points += more
		n++
	}
	if n == 0 {
		q.senders--
		return nil
	}
	batch := append([]piece(nil), q.pieces[:n]...)
	q.pieces, q.points = append(q.pieces[:0], q.pieces[n:]...), q.points-points
	return batch
}

// finish lets those go on whose last piece was in the batch. After an error
// nothing is asked any more.
func (c *Client) finish(batch []piece, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.expected = len(batch) + len(c.queue.pieces)
	if err != nil {
		if c.failed == nil {
			c.failed = err
		}
		batch = append(batch, c.queue.pieces...)
		c.queue.pieces, c.queue.points = nil, 0
	}
	for _, p := range batch {
		p.of.pieces--
		if err != nil {
			p.of.err = c.failed
		}
		if p.of.pieces == 0 {
			close(p.of.done)
		}
	}
}
