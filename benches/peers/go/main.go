// The peer of pollcast: a chat server in the design that pollcast answers. A goroutine reads from
// each connection, a channel carries what it read to the goroutine that broadcasts, and that starts
// a goroutine for each message and connection, which writes. Who is gone leaves by a channel.
//
// It is there to be measured against (.ci/compare), so it is as fast as this design goes: one
// copy of a message for all, buffers of the usual size, no locks, no logging.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	address := "127.0.0.1:8080"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())

	joined, left := make(chan net.Conn), make(chan net.Conn)
	messages := make(chan []byte, 128)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			joined <- conn
		}
	}()

	conns := make(map[net.Conn]bool)
	for {
		select {
		case conn := <-joined:
			conns[conn] = true
			go read(conn, messages, left)
		case conn := <-left:
			delete(conns, conn)
			conn.Close()
		case message := <-messages:
			for conn := range conns {
				go write(conn, message, left)
			}
		}
	}
}

func read(conn net.Conn, messages chan<- []byte, left chan<- net.Conn) {
	buf := make([]byte, 1024)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			left <- conn
			return
		}
		messages <- append([]byte(nil), buf[:n]...)
	}
}

func write(conn net.Conn, message []byte, left chan<- net.Conn) {
	if _, err := conn.Write(message); err != nil {
		left <- conn
	}
}
