package main

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// produce <topic> <count> <prefix> [<pause ms>]: an idempotent producer, acks of all. Tells
// "acked <key> <partition> <offset>" for each record; anything but an acknowledgement is an error. A property
// partition names the one that all go to.
func produce(settings settings, args arguments) error {
	partition, chosen := settings["partition"]
	further := []kgo.Opt{}
	if chosen {
		further = append(further, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	client, leave, err := settings.connect(further...)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := settings.patience()
	defer cancel()
	topic, count, pause := args.word(0), args.number(1), args.number(3)
	var failure atomic.Pointer[error]
	for number := range count {
		record := record(topic, key(args.word(2), number))
		if chosen {
			record.Partition = int32(arguments{partition}.number(0))
		}
		client.Produce(ctx, record, func(record *kgo.Record, err error) {
			if err == nil {
				tellAcked(record)
			} else {
				failure.CompareAndSwap(nil, &err)
			}
		})
		time.Sleep(time.Duration(pause) * time.Millisecond)
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	if err := failure.Load(); err != nil {
		return *err
	}
	tell("done", count)
	return nil
}

// burst <topic,...> <count> <prefix>: count records to each of these topics, sent together, so that requests have
// more than one topic. Tells "acked" as produce does, and "denied <topic> <error>" for what is refused.
func burst(settings settings, args arguments) error {
	client, leave, err := settings.connect(
		kgo.ManualFlushing(),
		// So that each partition has something.
		kgo.RecordPartitioner(kgo.RoundRobinPartitioner()),
	)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := settings.patience()
	defer cancel()
	var all sync.WaitGroup
	for topic := range strings.SplitSeq(args.word(0), ",") {
		for number := range args.number(1) {
			all.Add(1)
			client.Produce(ctx, record(topic, key(args.word(2), number)), func(record *kgo.Record, err error) {
				defer all.Done()
				if err == nil {
					tellAcked(record)
				} else {
					tellDenied(record.Topic, err)
				}
			})
		}
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	all.Wait()
	tell("done", args.number(1))
	return nil
}

// tellDenied tells of an error by Kafka's name for it, or as it is; of the client as a whole if it is about no topic.
func tellDenied(what string, err error) {
	if what == "" {
		what = "-"
	}
	var told *kerr.Error
	if errors.As(err, &told) {
		tell("denied", what, told.Message)
		return
	}
	tell("denied", what, strings.ReplaceAll(err.Error(), "\n", " "))
}
