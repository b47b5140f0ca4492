package oathgate;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * {@code consume <topic> <group> <count> [read_committed [<seconds>]]}: joins the group, reads from the
 * start until count records came (or the seconds, 60 by default, are over: an error) and commits.
 *
 * <p>Writes {@code read <key> <partition> <offset> <crc32 of the value>} for each and {@code done <count>}.
 */
final class Consume {
    private Consume() {}

    static void run(Properties properties, String[] arguments) {
        String topic = arguments[0];
        long count = Long.parseLong(arguments[2]);
        long seconds = arguments.length > 4 ? Long.parseLong(arguments[4]) : 60;
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, arguments[1]);
        properties.putIfAbsent(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        if (arguments.length > 3) {
            properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, arguments[3]);
        }
        long read = 0;
        long deadline = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            while (read < count) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("only " + read + " of " + count + " records came in " + seconds + " s");
                }
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    read++;
                    Lines.write("read", record.key(), record.partition(), record.offset(), Records.hex(record.value()));
                }
            }
            consumer.commitSync();
        }
        Lines.write("done", read);
    }
}
