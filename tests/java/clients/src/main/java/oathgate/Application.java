package oathgate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * {@code application <topic> <group> <prefix> <stop file>}: produces a record every 50 ms and reads what it
 * produced, until the stop file is there; then reads the rest and ends. Whatever a client throws ends it with
 * an error, as it would an application that handles none.
 *
 * <p>Writes {@code acked <key> <partition> <offset>}, {@code read <key> <partition> <offset> <crc32>} and
 * {@code done <count>}. It commits after each batch, so a record may be read twice after a rebalance.
 */
final class Application {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long LONGEST_NANOS = Duration.ofMinutes(4).toNanos();

    private Application() {}

    static void run(Properties properties, String[] arguments) throws Exception {
        String topic = arguments[0];
        Path stop = Path.of(arguments[3]);
        AtomicLong acknowledged = new AtomicLong();
        AtomicReference<Exception> failure = new AtomicReference<>();
        Thread writer = new Thread(() -> write(properties, topic, arguments[2], stop, acknowledged, failure));
        writer.start();
        Properties reading = (Properties) properties.clone();
        reading.put(ConsumerConfig.GROUP_ID_CONFIG, arguments[1]);
        reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        reading.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "120000");
        Set<String> keys = new HashSet<>();
        long deadline = System.nanoTime() + LONGEST_NANOS;
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(reading, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            while (failure.get() == null && (writer.isAlive() || keys.size() < acknowledged.get())) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("read " + keys.size() + " of " + acknowledged.get() + " records");
                }
                boolean some = false;
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    keys.add(record.key());
                    Lines.write("read", record.key(), record.partition(), record.offset(), Records.hex(record.value()));
                    some = true;
                }
                if (some) {
                    consumer.commitSync();
                }
            }
        }
        writer.join();
        if (failure.get() != null) {
            throw failure.get();
        }
        Lines.write("done", acknowledged.get());
    }

    private static void write(
            Properties properties,
            String topic,
            String prefix,
            Path stop,
            AtomicLong acknowledged,
            AtomicReference<Exception> failure) {
        Properties writing = (Properties) properties.clone();
        writing.put(ProducerConfig.ACKS_CONFIG, "all");
        writing.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(writing, new StringSerializer(), new ByteArraySerializer())) {
            for (long number = 0; failure.get() == null && !Files.exists(stop); number++) {
                String key = Records.key(prefix, number);
                producer.send(new ProducerRecord<>(topic, key, Records.value(key)), (metadata, error) -> {
                    if (error != null) {
                        failure.compareAndSet(null, error);
                    } else {
                        acknowledged.incrementAndGet();
                        Lines.write("acked", key, metadata.partition(), metadata.offset());
                    }
                });
                Thread.sleep(50);
            }
            producer.flush();
        } catch (Exception error) {
            failure.compareAndSet(null, error);
        }
    }
}
