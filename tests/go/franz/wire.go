package main

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"net"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire watches what a client connects to, sends and is sent.
type wire struct {
	mutex  sync.Mutex
	spoken map[spoken]sent
	// Batches by their codec.
	fetched [len(codecNames)]int
}

type spoken struct{ key, version int16 }

type sent struct{ requests, longest int }

var codecNames = [...]string{"none", "gzip", "snappy", "lz4", "zstd"}

func newWire() *wire {
	return &wire{spoken: map[spoken]sent{}}
}

// dialer connects by TLS, tells to what, and looks at the headers of requests. All names mean the host, if there is one.
func (w *wire) dialer(host string, config *tls.Config) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		tell("dialled", address)
		name, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if host != "" {
			address = net.JoinHostPort(host, port)
		}
		own := config.Clone()
		own.ServerName = name
		dialer := tls.Dialer{Config: own}
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &watched{conn, w}, nil
	}
}

// OnFetchBatchRead counts a batch (kgo.HookFetchBatchRead).
func (w *wire) OnFetchBatchRead(_ kgo.BrokerMetadata, _ string, _ int32, metrics kgo.FetchBatchMetrics) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.fetched[metrics.CompressionType]++
}

func (w *wire) tell() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for spoken, sent := range w.spoken {
		tell("spoke", kmsg.NameForKey(spoken.key), spoken.version, sent.requests, sent.longest)
	}
	for codec, batches := range w.fetched {
		if batches > 0 {
			tell("codec", codecNames[codec], batches)
		}
	}
}

type watched struct {
	net.Conn
	wire *wire
}

// Write is called once for each request: its length, the API's key, its version and so on.
func (c *watched) Write(request []byte) (int, error) {
	if len(request) >= 8 && int(binary.BigEndian.Uint32(request)) == len(request)-4 {
		c.wire.mutex.Lock()
		which := spoken{
			key:     int16(binary.BigEndian.Uint16(request[4:])),
			version: int16(binary.BigEndian.Uint16(request[6:])),
		}
		sent := c.wire.spoken[which]
		sent.requests++
		sent.longest = max(sent.longest, len(request))
		c.wire.spoken[which] = sent
		c.wire.mutex.Unlock()
	}
	return c.Conn.Write(request)
}
