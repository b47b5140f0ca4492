package main

import (
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// record is the one of that key: its value is the key repeated, between one and sixteen times, or to 5 MB if
// it begins with "large".
func record(topic, key string) *kgo.Record {
	times := 1 + int(crc32.ChecksumIEEE([]byte(key))%16)
	if strings.HasPrefix(key, "large") {
		times = 5_000_000 / (len(key) + 1)
	}
	value := strings.Repeat(key+"/", times)
	return &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte(value)}
}

func key(prefix string, number int) string {
	return fmt.Sprintf("%s-%d", prefix, number)
}

func tellAcked(record *kgo.Record) {
	tell("acked", string(record.Key), record.Partition, record.Offset)
}

func tellRead(record *kgo.Record) {
	crc := fmt.Sprintf("%08x", crc32.ChecksumIEEE(record.Value))
	tell("read", string(record.Key), record.Partition, record.Offset, crc)
}
