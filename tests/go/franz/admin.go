package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// admin <step>...: requests of one client, in order; a step is its name and its arguments joined by colons.
//
//	nodes                             tells "node <id> <address>" and "controller <id> <address>"
//	coordinator:<group>               tells "coordinator <id> <address>"
//	move:<topic>:<partition>:<node>   makes that broker the only replica
//	largest:<topic>:<bytes>           sets max.message.bytes
//	end:<topic>:<partitions>          tells "end <topic> <sum of the ends of the partitions>"
//	earliest:<group>                  lets a share group begin at the start
func administer(settings settings, args arguments) error {
	client, leave, err := settings.connect()
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := settings.patience()
	defer cancel()
	for _, step := range args {
		words := arguments(strings.Split(step, ":"))
		switch words.word(0) {
		case "nodes":
			err = nodes(ctx, client)
		case "coordinator":
			err = coordinator(ctx, client, words.word(1))
		case "move":
			err = move(ctx, client, words.word(1), int32(words.number(2)), int32(words.number(3)))
		case "largest":
			err = configure(ctx, client, kmsg.ConfigResourceTypeTopic, words.word(1), "max.message.bytes", words.word(2))
		case "end":
			err = end(ctx, client, words.word(1), words.number(2))
		case "earliest":
			err = configure(ctx, client, kmsg.ConfigResourceTypeGroupConfig, words.word(1), "share.auto.offset.reset", "earliest")
		default:
			err = fmt.Errorf("unknown step %s", step)
		}
		if err != nil {
			return err
		}
	}
	tell("done", len(args))
	return nil
}

func tellNode(word string, id int32, host string, port int32) {
	tell(word, id, host+":"+strconv.Itoa(int(port)))
}

func nodes(ctx context.Context, client *kgo.Client) error {
	told, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, broker := range told.Brokers {
		tellNode("node", broker.NodeID, broker.Host, broker.Port)
	}
	cluster, err := kmsg.NewPtrDescribeClusterRequest().RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, broker := range cluster.Brokers {
		tellNode("node", broker.NodeID, broker.Host, broker.Port)
		if broker.NodeID == cluster.ControllerID {
			tellNode("controller", broker.NodeID, broker.Host, broker.Port)
		}
	}
	return kerr.ErrorForCode(cluster.ErrorCode)
}

func coordinator(ctx context.Context, client *kgo.Client, group string) error {
	request := kmsg.NewPtrFindCoordinatorRequest()
	request.CoordinatorKeys = []string{group}
	told, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, found := range told.Coordinators {
		if err := kerr.ErrorForCode(found.ErrorCode); err != nil {
			return err
		}
		tellNode("coordinator", found.NodeID, found.Host, found.Port)
	}
	return nil
}

func move(ctx context.Context, client *kgo.Client, topic string, number, node int32) error {
	partition := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
	partition.Partition, partition.Replicas = number, []int32{node}
	of := kmsg.NewAlterPartitionAssignmentsRequestTopic()
	of.Topic = topic
	of.Partitions = append(of.Partitions, partition)
	request := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	request.Topics = append(request.Topics, of)
	told, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	if err := kerr.ErrorForCode(told.ErrorCode); err != nil {
		return err
	}
	for _, topic := range told.Topics {
		for _, partition := range topic.Partitions {
			if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
				return err
			}
		}
	}
	return led(ctx, client, topic, number, node)
}

// led waits until node leads the partition.
func led(ctx context.Context, client *kgo.Client, topic string, number, node int32) error {
	for {
		of := kmsg.NewMetadataRequestTopic()
		of.Topic = kmsg.StringPtr(topic)
		request := kmsg.NewPtrMetadataRequest()
		request.Topics = append(request.Topics, of)
		told, err := request.RequestWith(ctx, client)
		if err != nil {
			return err
		}
		for _, topic := range told.Topics {
			for _, partition := range topic.Partitions {
				if partition.Partition == number && partition.Leader == node {
					return nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func configure(ctx context.Context, client *kgo.Client, of kmsg.ConfigResourceType, name, setting, value string) error {
	config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	config.Name, config.Value = setting, &value
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = of, name
	resource.Configs = append(resource.Configs, config)
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	request.Resources = append(request.Resources, resource)
	told, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, resource := range told.Resources {
		if err := kerr.ErrorForCode(resource.ErrorCode); err != nil {
			return err
		}
	}
	return nil
}

func end(ctx context.Context, client *kgo.Client, topic string, partitions int) error {
	of := kmsg.NewListOffsetsRequestTopic()
	of.Topic = topic
	for number := range partitions {
		partition := kmsg.NewListOffsetsRequestTopicPartition()
		partition.Partition, partition.Timestamp = int32(number), -1
		of.Partitions = append(of.Partitions, partition)
	}
	request := kmsg.NewPtrListOffsetsRequest()
	request.ReplicaID = -1
	request.Topics = append(request.Topics, of)
	told, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	sum := int64(0)
	for _, topic := range told.Topics {
		for _, partition := range topic.Partitions {
			if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
				return err
			}
			sum += partition.Offset
		}
	}
	tell("end", topic, sum)
	return nil
}
