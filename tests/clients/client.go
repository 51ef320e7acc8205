// A client in Go: one goroutine talks, while the main one listens.
//
//	client HOST:PORT NAME LINES TOTAL FILE
//
// It says hello and waits for the line `-- start --`. From then on it says LINES lines, each as
// soon as it has heard the one before. When it has heard TOTAL lines since the start, from
// everybody, it ends its stream and takes what is left. FILE gets every byte that it received.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
)

// talk says hello, and one line for each cue. A line is one write: nobody can talk into it.
// A write may block as long as it likes, because the other goroutine goes on reading. A client that
// reads only between two writes holds up the room as soon as its own echo fills the connection.
func talk(room io.Writer, name string, lines int, cues <-chan struct{}) {
	_, err := fmt.Fprintf(room, "hello from %s\n", name)
	endOn(err)
	for number := range lines {
		<-cues
		_, err := fmt.Fprintf(room, "%s %d\n", name, number+1)
		endOn(err)
	}
}

// listen keeps what everybody says and gives the cues, until the stream has ended.
func listen(room *net.TCPConn, name string, total int, cues chan<- struct{}, file io.Writer) {
	reader := bufio.NewReader(io.TeeReader(room, file))
	started, heard := false, 0
	line, err := reader.ReadString('\n')
	for ; err == nil; line, err = reader.ReadString('\n') {
		if started {
			heard++
		}
		if !started && line == "-- start --\n" || strings.HasPrefix(line, name+" ") {
			started = true
			cues <- struct{}{}
		}
		if heard == total {
			// It has no more to say, and is sent everything up to here, and then the end.
			endOn(room.CloseWrite())
		}
	}
	if err != io.EOF || heard != total {
		log.Fatalf("%v after %d lines since the start, not %d", err, heard, total)
	}
}

func endOn(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	if len(os.Args) != 6 {
		log.Fatal("client HOST:PORT NAME LINES TOTAL FILE")
	}
	lines, err := strconv.Atoi(os.Args[3])
	endOn(err)
	total, err := strconv.Atoi(os.Args[4])
	endOn(err)
	room, err := net.Dial("tcp", os.Args[1])
	endOn(err)
	file, err := os.Create(os.Args[5])
	endOn(err)
	// Room for one: the cue after the last line is taken by nobody.
	cues := make(chan struct{}, 1)
	go talk(room, os.Args[2], lines, cues)
	listen(room.(*net.TCPConn), os.Args[2], total, cues, file)
}
