package oathgate;

import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * {@code produce <topic> <count> <prefix> [<pause ms>]}: an idempotent producer, acks=all; writes
 * {@code acked <key> <partition> <offset>} for each record and {@code done <count>} at the end.
 *
 * <p>Anything but an acknowledgement is an error. With a pause it keeps producing for count x pause,
 * through whatever happens to the brokers meanwhile.
 */
final class Produce {
    private Produce() {}

    static void run(Properties properties, String[] arguments) throws Exception {
        String topic = arguments[0];
        long count = Long.parseLong(arguments[1]);
        String prefix = arguments[2];
        long pause = arguments.length > 3 ? Long.parseLong(arguments[3]) : 0;
        properties.putIfAbsent(ProducerConfig.ACKS_CONFIG, "all");
        properties.putIfAbsent(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        AtomicLong acknowledged = new AtomicLong();
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {
            for (long number = 0; number < count && failure.get() == null; number++) {
                String key = Records.key(prefix, number);
                producer.send(new ProducerRecord<>(topic, key, Records.value(key)), (metadata, error) -> {
                    if (error != null) {
                        failure.compareAndSet(null, error);
                    } else {
                        acknowledged.incrementAndGet();
                        Lines.write("acked", key, metadata.partition(), metadata.offset());
                    }
                });
                if (pause > 0) {
                    Thread.sleep(pause);
                }
            }
            producer.flush();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        Lines.write("done", acknowledged.get());
    }
}
