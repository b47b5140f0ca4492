package oathgate;

import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * {@code transact <topic> <transactions> <records each> <prefix> [<abort every nth> [<pause ms>]]}: a
 * transactional producer; {@code transactional.id} is the prefix unless the properties name one.
 *
 * <p>Transaction t holds the keys {@code <prefix>-<t>x<i>}. Writes {@code committed <t>} once a commit is
 * acknowledged, {@code aborted <t>} for one aborted on purpose or by an error that allows to go on (its
 * records must never be read), and {@code done <committed> <aborted>} at the end.
 */
final class Transact {
    private Transact() {}

    static void run(Properties properties, String[] arguments) throws Exception {
        String topic = arguments[0];
        long transactions = Long.parseLong(arguments[1]);
        long records = Long.parseLong(arguments[2]);
        String prefix = arguments[3];
        long abortEvery = arguments.length > 4 ? Long.parseLong(arguments[4]) : 0;
        long pause = arguments.length > 5 ? Long.parseLong(arguments[5]) : 0;
        properties.putIfAbsent(ProducerConfig.TRANSACTIONAL_ID_CONFIG, prefix);
        long committed = 0;
        long aborted = 0;
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (long number = 0; number < transactions; number++) {
                boolean wanted = abortEvery == 0 || number % abortEvery != abortEvery - 1;
                if (one(producer, topic, Records.key(prefix, number), records, wanted)) {
                    committed++;
                    Lines.write("committed", number);
                } else {
                    aborted++;
                    Lines.write("aborted", number);
                }
                if (pause > 0) {
                    Thread.sleep(pause);
                }
            }
        }
        Lines.write("done", committed, aborted);
    }

    /** True if the transaction was committed, false if it was aborted; anything else is thrown. */
    private static boolean one(KafkaProducer<String, byte[]> producer, String topic, String name, long records, boolean commit) {
        try {
            producer.beginTransaction();
            for (long i = 0; i < records; i++) {
                String key = name + "x" + i;
                producer.send(new ProducerRecord<>(topic, key, Records.value(key)));
            }
            if (commit) {
                finish(producer);
                return true;
            }
            producer.flush();
        } catch (ProducerFencedException | AuthorizationException | AuthenticationException fatal) {
            throw fatal;
        } catch (KafkaException abortable) {
            Lines.write("note", abortable.getClass().getSimpleName(), abortable.getMessage());
        }
        producer.abortTransaction();
        return false;
    }

    /** A commit that timed out may have happened: it may only be tried again (KIP-691), never be aborted. */
    private static void finish(KafkaProducer<String, byte[]> producer) {
        while (true) {
            try {
                producer.commitTransaction();
                return;
            } catch (TimeoutException unknown) {
                Lines.write("note", "commit tried again");
            }
        }
    }
}
