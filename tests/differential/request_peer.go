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
	input  *bytes.Reader
	output bytes.Buffer
	closed chan bool
	method string
	record string
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

// Ignores all requests of a connection except the first.
func handle(w http.ResponseWriter, r *http.Request) {
	if current.record != "" {
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
	if current.record == "" {
		return fmt.Sprint(response.StatusCode)
	}
	return fmt.Sprintf("%d keep_alive=%d%s", response.StatusCode, keepAlive(response), current.record)
}

func main() {
	log.SetOutput(io.Discard)
	l := make(listener)
	go http.Serve(l, http.HandlerFunc(handle))
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
