// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 The rexmit authors

// The reader of Go's net/http for requests.py. Input and output are those of request_peer.c.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

// A connection whose client sends `input`, then shuts down its sending side.
type connection struct {
	input    *bytes.Reader
	output   bytes.Buffer
	closed   chan bool
	requests int
	method   string
	record   string
	next     string
}

type address struct{}

func (address) Network() string { return "memory" }
func (address) String() string  { return "memory" }

func (c *connection) Read(b []byte) (int, error)         { return c.input.Read(b) }
func (c *connection) Write(b []byte) (int, error)        { return c.output.Write(b) }
func (c *connection) LocalAddr() net.Addr                { return address{} }
func (c *connection) RemoteAddr() net.Addr               { return address{} }
func (c *connection) SetDeadline(t time.Time) error      { return nil }
func (c *connection) SetReadDeadline(t time.Time) error  { return nil }
func (c *connection) SetWriteDeadline(t time.Time) error { return nil }
func (c *connection) Close() error {
	select {
	case c.closed <- true:
	default:
	}
	return nil
}

// A listener that returns the connections that main makes.
type listener chan *connection

func (l listener) Accept() (net.Conn, error) { return <-l, nil }
func (l listener) Close() error              { return nil }
func (l listener) Addr() net.Addr            { return address{} }

var current *connection

// Counts the requests of a connection, also those that Go answers without the handler.
func count(_ net.Conn, state http.ConnState) {
	if state == http.StateActive {
		current.requests++
	}
}

// Records the first request, and the path of the second one.
func handle(w http.ResponseWriter, r *http.Request) {
	if current.requests == 2 {
		current.next = fmt.Sprintf("%x", r.URL.EscapedPath())
	}
	if current.requests > 1 {
		return
	}
	current.method = r.Method
	current.record = fmt.Sprintf(" method=%s host=%x path=%x query=%x accept=%x encoding=%x authorization=%x",
		r.Method, r.Host, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Accept"),
		r.Header.Get("Accept-Encoding"), r.Header.Get("Authorization"))
}

func keepAlive(response *http.Response) int {
	if response.Close {
		return 0
	}
	return 1
}

func answer(l listener, input []byte) string {
	current = &connection{input: bytes.NewReader(input), closed: make(chan bool, 1)}
	l <- current
	<-current.closed
	response, err := http.ReadResponse(bufio.NewReader(&current.output), &http.Request{Method: current.method})
	if err != nil {
		return "0"
	}
	return fmt.Sprintf("%d keep_alive=%d next=%s%s", response.StatusCode, keepAlive(response),
		next(response), current.record)
}

func next(first *http.Response) string {
	switch {
	case current.next != "":
		return current.next
	case first.Close:
		return "none"
	}
	return "refused"
}

func main() {
	log.SetOutput(io.Discard)
	l := make(listener)
	server := http.Server{Handler: http.HandlerFunc(handle), ConnState: count}
	go server.Serve(l)
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var size uint32
		if binary.Read(in, binary.LittleEndian, &size) != nil {
			return
		}
		input := make([]byte, size)
		if _, err := io.ReadFull(in, input); err != nil {
			os.Exit(1)
		}
		fmt.Fprintln(out, answer(l, input))
	}
}
