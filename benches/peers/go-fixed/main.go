// A peer of pollcast: what is wrong with the original (../go), put right as one does in Go. One
// goroutine, the hub, gives all messages one order (class: one log). Each client has a goroutine
// that reads, one that writes, and a bounded queue before the latter, so the hub waits for nobody.
// What has come meanwhile is taken at once: the hub makes it one message, which all clients share,
// and a writer makes all that is queued one call.
//
// A good engineer would write it so because each part is plain blocking code that is read from top
// to bottom, and nobody waits for a client while holding a lock.
//
// A reader that never reads is dropped when more than 1 MiB waits for it. A client that ends its
// stream gets what waits for it first, within five seconds.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	readSize   = 16 << 10
	batchSize  = 256 << 10
	queueLimit = 1 << 20
	// What a message takes in a queue beside its bytes.
	overhead = 64
	// How long a client may take to hear the end.
	patience = 5 * time.Second
)

type kind int

const (
	joined kind = iota
	said
	left
)

// What the hub is told of a client, in the one order that there is.
type event struct {
	kind   kind
	client *client
	bytes  []byte
}

type hub struct {
	events  chan event
	clients map[*client]bool
	batch   []byte
}

type client struct {
	conn  net.Conn
	mutex sync.Mutex
	// Told when something is queued, or closing is set.
	wake  *sync.Cond
	queue net.Buffers
	// How much that is, and how much was taken from it and is not yet written.
	queued, writing int
	closing         bool
}

func main() {
	address := "127.0.0.1:8080"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if _, err := net.ResolveTCPAddr("tcp", address); err != nil || len(os.Args) > 2 {
		fmt.Fprintln(os.Stderr, "usage: go-fixed [HOST:PORT]")
		os.Exit(2)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening on", listener.Addr())

	h := &hub{events: make(chan event, 1024), clients: make(map[*client]bool)}
	go h.run()
	for {
		conn, err := listener.Accept()
		if err != nil {
			// No descriptor is left, or the client is gone already; either passes.
			time.Sleep(10 * time.Millisecond)
			continue
		}
		c := &client{conn: conn}
		c.wake = sync.NewCond(&c.mutex)
		h.events <- event{kind: joined, client: c}
		go c.read(h.events)
		go c.write()
	}
}

func (h *hub) run() {
	for {
		h.take(<-h.events)
		// Readers that are ready go first: what they bring goes along.
		runtime.Gosched()
		for len(h.events) > 0 && len(h.batch) < batchSize {
			h.take(<-h.events)
		}
		h.broadcast()
	}
}

func (h *hub) take(e event) {
	switch e.kind {
	case said:
		h.batch = append(h.batch, e.bytes...)
	// Who comes or goes does so between two messages.
	case joined:
		h.broadcast()
		h.clients[e.client] = true
	case left:
		h.broadcast()
		delete(h.clients, e.client)
		e.client.finish()
	}
}

func (h *hub) broadcast() {
	if len(h.batch) == 0 {
		return
	}
	for c := range h.clients {
		if !c.enqueue(h.batch) {
			delete(h.clients, c)
			c.conn.Close()
		}
	}
	h.batch = nil
}

func (c *client) read(events chan<- event) {
	buf := make([]byte, readSize)
	for {
		n, err := c.conn.Read(buf)
		if err != nil {
			events <- event{kind: left, client: c}
			return
		}
		events <- event{kind: said, client: c, bytes: append([]byte(nil), buf[:n]...)}
	}
}

func (c *client) write() {
	defer c.conn.Close()
	for {
		queue := c.dequeue()
		if len(queue) == 0 {
			return
		}
		if _, err := queue.WriteTo(c.conn); err != nil {
			return
		}
	}
}

// Whether the message still fits behind what waits, and what is being written.
func (c *client) enqueue(message []byte) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	size := len(message) + overhead
	if c.writing+c.queued+size > queueLimit {
		return false
	}
	c.queue = append(c.queue, message)
	c.queued += size
	c.wake.Signal()
	return true
}

// All that waits, as soon as something does; nothing is the end.
func (c *client) dequeue() net.Buffers {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.writing = 0
	for len(c.queue) == 0 && !c.closing {
		c.wake.Wait()
	}
	queue := c.queue
	c.queue, c.writing, c.queued = nil, c.queued, 0
	return queue
}

func (c *client) finish() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.closing = true
	c.conn.SetWriteDeadline(time.Now().Add(patience))
	c.wake.Signal()
}
