// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 The rexmit authors

// An exporter written with client_golang. It serves tcp_retransmissions_total with many series of
// value 1 on a free port, which it prints.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var retransmissions = promauto.NewCounterVec(
	prometheus.CounterOpts{
		Name: "tcp_retransmissions_total",
		Help: "TCP segments retransmitted, by connection group and cause.",
	}, []string{"ip_version", "src_ip", "src_port", "dst_ip", "dst_port", "cause"})

func main() {
	series, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	for i := 0; i < series; i++ {
		peer := fmt.Sprintf("11.%d.%d.%d", i>>16&255, i>>8&255, i&255)
		retransmissions.WithLabelValues("4", "10.0.0.1", "ephemeral", peer, "443", "fast").Inc()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	http.Handle("/metrics", promhttp.Handler())
	panic(http.Serve(listener, nil))
}
