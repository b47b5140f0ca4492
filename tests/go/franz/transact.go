package main

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// transact <topic> <transactions> <records each> <prefix> [<abort every nth>]: a transactional producer, whose id is
// the prefix. Transaction t holds the keys <prefix>-<t>x<i>. Tells "committed <t>" or "aborted <t>".
func transact(settings settings, args arguments) error {
	prefix, every := args.word(3), args.number(4)
	client, leave, err := settings.connect(kgo.TransactionalID(prefix))
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := settings.patience()
	defer cancel()
	for number := range args.number(1) {
		if err := client.BeginTransaction(); err != nil {
			return err
		}
		for i := range args.number(2) {
			record := record(args.word(0), fmt.Sprintf("%sx%d", key(prefix, number), i))
			if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
				return err
			}
		}
		commit := every == 0 || number%every != every-1
		if err := client.EndTransaction(ctx, kgo.TransactionEndTry(commit)); err != nil {
			return err
		}
		if commit {
			tell("committed", number)
		} else {
			tell("aborted", number)
		}
	}
	tell("done", args.number(1))
	return nil
}

// chain <from> <to> <group> <count>: reads as a member of the group and writes what it read to another topic, offsets
// and records in one transaction each, until count records are committed; its id is the group's name. The first
// transaction is aborted, so its records come again. Tells "committed <records>" and "aborted <records>".
func chain(settings settings, args arguments) error {
	wire := newWire()
	options, err := settings.options(wire)
	if err != nil {
		return err
	}
	options = append(options, settings.consumerOptions(args.word(0), args.word(2), "read_committed")...)
	options = append(options, kgo.TransactionalID(args.word(2)), kgo.RequireStableFetchOffsets())
	session, err := kgo.NewGroupTransactSession(options...)
	if err != nil {
		return err
	}
	defer wire.tell()
	defer session.Close()
	ctx, cancel := settings.patience()
	defer cancel()
	wanted := kgo.TryAbort
	for passed := 0; passed < args.number(3); {
		fetches := session.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		read := fetches.Records()
		if len(read) == 0 {
			continue
		}
		if err := session.Begin(); err != nil {
			return err
		}
		for _, record := range read {
			session.Produce(ctx, &kgo.Record{Topic: args.word(1), Key: record.Key, Value: record.Value}, nil)
		}
		committed, err := session.End(ctx, wanted)
		if err != nil {
			return err
		}
		if committed {
			passed += len(read)
			tell("committed", len(read))
		} else {
			tell("aborted", len(read))
		}
		wanted = kgo.TryCommit
	}
	tell("done", args.number(3))
	return nil
}
