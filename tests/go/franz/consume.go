package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// consume <topic,...> <group> <count> [read_committed [<seconds>]]: reads from the start until count records came
// (or the seconds are over: an error), as a member of the group unless that is "-", and commits. A count of 0 is
// as many as come until it is killed. Tells "read <key> <partition> <offset> <crc32 of the value>" for each,
// "assigned <topic> <partition>" and "revoked <topic> <partition>", "denied <topic> <error>"; with a property
// wait.denied it goes on until the topic of that name was denied, with pause.ms it waits before each poll.
func consume(settings settings, args arguments) error {
	count, seconds := args.number(2), args.number(4)
	options := settings.consumerOptions(args.word(0), args.word(1), args.word(3))
	if args.word(1) != "-" {
		options = append(options,
			kgo.BlockRebalanceOnPoll(),
			kgo.DisableAutoCommit(),
			kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, assigned map[string][]int32) {
				tellPartitions("assigned", assigned)
			}),
			kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, revoked map[string][]int32) {
				tellPartitions("revoked", revoked)
			}),
		)
	}
	client, leave, err := settings.connect(options...)
	if err != nil {
		return err
	}
	defer leave()
	defer client.AllowRebalance()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(max(seconds, 1))*time.Second)
	defer cancel()
	read, awaited := 0, settings["wait.denied"]
	pause := time.Duration(arguments{settings["pause.ms"]}.number(0)) * time.Millisecond
	for count == 0 || read < count || awaited != "" {
		client.AllowRebalance()
		time.Sleep(pause)
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("only %d of %d records came, and no word of [%s]", read, count, awaited)
		}
		fetches.EachError(func(topic string, _ int32, err error) {
			tellDenied(topic, err)
			if topic == awaited {
				awaited = ""
			}
		})
		fetches.EachRecord(func(record *kgo.Record) {
			tellRead(record)
			read++
		})
		if args.word(1) != "-" {
			if err := client.CommitUncommittedOffsets(ctx); err != nil {
				return err
			}
		}
	}
	tell("done", read)
	return nil
}

func tellPartitions(word string, partitions map[string][]int32) {
	for _, topic := range slices.Sorted(maps.Keys(partitions)) {
		for _, partition := range partitions[topic] {
			tell(word, topic, partition)
		}
	}
}

// share <topic> <group> <count>: a member of a share group (KIP-932) until count different records came. Each is
// given back once and accepted when it comes again, when it is told as consume does.
func share(settings settings, args arguments) error {
	client, leave, err := settings.connect(
		kgo.ConsumeTopics(args.word(0)),
		kgo.ShareGroup(args.word(1)),
	)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := settings.patience()
	defer cancel()
	released, accepted := map[string]bool{}, 0
	for count := args.number(2); accepted < count; {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("only %d of %d records were accepted", accepted, count)
		}
		fetches.EachError(func(topic string, _ int32, err error) {
			tellDenied(topic, err)
		})
		fetches.EachRecord(func(record *kgo.Record) {
			if name := string(record.Key); !released[name] {
				released[name] = true
				record.Ack(kgo.AckRelease)
				return
			}
			record.Ack(kgo.AckAccept)
			tellRead(record)
			accepted++
		})
	}
	if err := client.FlushAcks(ctx); err != nil {
		return err
	}
	tell("done", accepted)
	return nil
}
