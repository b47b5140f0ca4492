package oathgate;

import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.Stores;

/**
 * {@code streams <topic> <application> <target> <count>}: a member of a streams group (KIP-1071) that sends every
 * record by a topic of the group's own to the target, and counts keys in a store with a changelog; the broker
 * creates both of these topics. Ends once count records went through, after 90 seconds at most.
 *
 * <p>Writes {@code done <count>}.
 */
final class Streams {
    private Streams() {}

    static void run(Properties properties, String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[3]);
        CountDownLatch left = new CountDownLatch(count);
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, byte[]> again = builder
                .stream(arguments[0], Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .repartition(Repartitioned.<String, byte[]>as("again")
                        .withKeySerde(Serdes.String()).withValueSerde(Serdes.ByteArray()).withNumberOfPartitions(2));
        again.to(arguments[2], Produced.with(Serdes.String(), Serdes.ByteArray()));
        again.groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
                .count(Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counted"))
                        .withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
                .toStream()
                .foreach((key, times) -> left.countDown());
        properties.put("application.id", arguments[1]);
        properties.put("group.protocol", "streams");
        properties.put("replication.factor", "1");
        properties.put("statestore.cache.max.bytes", "0");
        properties.put("auto.offset.reset", "earliest");
        try (KafkaStreams streams = new KafkaStreams(builder.build(), properties)) {
            streams.start();
            if (!left.await(90, TimeUnit.SECONDS)) {
                throw new IllegalStateException(left.getCount() + " of " + count + " records did not go through");
            }
        }
        Lines.write("done", count);
    }
}
