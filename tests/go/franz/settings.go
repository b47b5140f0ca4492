package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"golang.org/x/oauth2/clientcredentials"
)

// settings are properties under the names that Java's clients have for them, where there is one.
type settings map[string]string

func readSettings(file string) (settings, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	read := settings{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			read[key] = value
		}
	}
	return read, nil
}

func (s settings) clone() settings {
	return maps.Clone(s)
}

// Properties whose name begins so are SASL extensions.
const extension = "extension."

// mechanism logs in by a token of the token endpoint, fetched anew for each login.
func (s settings) mechanism() kgo.Opt {
	extensions := map[string]string{}
	for key, value := range s {
		if name, ok := strings.CutPrefix(key, extension); ok {
			extensions[name] = value
		}
	}
	tokens := clientcredentials.Config{
		ClientID:     s["client.id"],
		ClientSecret: s["client.secret"],
		TokenURL:     s["sasl.oauthbearer.token.endpoint.url"],
	}
	return kgo.SASL(oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
		token, err := tokens.Token(ctx)
		if err != nil {
			return oauth.Auth{}, err
		}
		return oauth.Auth{Token: token.AccessToken, Extensions: extensions}, nil
	}))
}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

// codec is none unless one is named, as Java has it.
func (s settings) codec() kgo.CompressionCodec {
	if codec, ok := codecs[s["compression.type"]]; ok {
		return codec
	}
	return kgo.NoCompression()
}

// patience is how long a command may take, two minutes unless a property of that name has other seconds.
func (s settings) patience() (context.Context, context.CancelFunc) {
	longest := 2 * time.Minute
	if seconds, err := strconv.Atoi(s["patience"]); err == nil {
		longest = time.Duration(seconds) * time.Second
	}
	return context.WithTimeout(context.Background(), longest)
}

// options are what these settings and a watcher of the wire come to, for any client.
func (s settings) options(wire *wire) ([]kgo.Opt, error) {
	ca, err := os.ReadFile(s["ssl.ca.location"])
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("no certificate in %s", s["ssl.ca.location"])
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(s["bootstrap.servers"], ",")...),
		kgo.Dialer(wire.dialer(s["hosts.address"], &tls.Config{
			RootCAs:            roots,
			InsecureSkipVerify: s["ssl.endpoint.identification.algorithm"] == "none",
		})),
		kgo.WithHooks(wire),
		kgo.WithLogger(kgo.BasicLogger(os.Stderr, kgo.LogLevelWarn, nil)),
		s.mechanism(),
		kgo.ProducerBatchCompression(s.codec()),
	}
	if size, ok := s["max.request.size"]; ok {
		bytes, err := strconv.ParseInt(size, 10, 32)
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.ProducerBatchMaxBytes(int32(bytes)))
	}
	return options, nil
}

// consumerOptions are further ones of a consumer that reads from the start; a group of "-" is none. With a property
// regex the topics are patterns.
func (s settings) consumerOptions(topics, group, isolation string) []kgo.Opt {
	options := []kgo.Opt{
		kgo.ConsumeTopics(strings.Split(topics, ",")...),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
	}
	if s["regex"] == "true" {
		options = append(options, kgo.ConsumeRegex())
	}
	if isolation == "read_committed" {
		options = append(options, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	if group != "-" {
		options = append(options, kgo.ConsumerGroup(group))
		if s["group.protocol"] == "consumer" {
			options = append(options, kgo.ServerSideBalancer(), kgo.Balancers(kgo.RangeBalancer()))
		}
	}
	return options
}

// connect makes a client; leave ends it and tells what it saw.
func (s settings) connect(further ...kgo.Opt) (client *kgo.Client, leave func(), err error) {
	wire := newWire()
	options, err := s.options(wire)
	if err != nil {
		return nil, nil, err
	}
	client, err = kgo.NewClient(append(options, further...)...)
	if err != nil {
		return nil, nil, err
	}
	return client, func() {
		client.Close()
		wire.tell()
	}, nil
}
