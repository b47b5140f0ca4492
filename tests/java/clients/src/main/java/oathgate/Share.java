package oathgate;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * {@code share <topic> <group> <count>}: a member of a share group (KIP-932) that reads from the start until
 * count different records came, 90 seconds at most; each is given back once and accepted when it comes again.
 *
 * <p>Writes {@code read <key> <partition> <offset> <crc32 of the value>} for each accepted and {@code done <count>}.
 */
final class Share {
    private Share() {}

    static void run(Properties properties, String[] arguments) throws Exception {
        String topic = arguments[0];
        String group = arguments[1];
        long count = Long.parseLong(arguments[2]);
        fromTheStart(properties, group);
        properties.put("group.id", group);
        properties.put("share.acknowledgement.mode", "explicit");
        Set<String> released = new HashSet<>();
        long accepted = 0;
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        try (KafkaShareConsumer<String, byte[]> consumer =
                new KafkaShareConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            while (accepted < count) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("only " + accepted + " of " + count + " records were accepted");
                }
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    if (released.add(record.partition() + "/" + record.offset())) {
                        consumer.acknowledge(record, AcknowledgeType.RELEASE);
                    } else {
                        consumer.acknowledge(record, AcknowledgeType.ACCEPT);
                        accepted++;
                        Lines.write("read", record.key(), record.partition(), record.offset(), Records.hex(record.value()));
                    }
                }
            }
            consumer.commitSync();
        }
        Lines.write("done", accepted);
    }

    private static void fromTheStart(Properties properties, String group) throws Exception {
        try (Admin admin = Admin.create(properties)) {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
            ConfigEntry earliest = new ConfigEntry("share.auto.offset.reset", "earliest");
            admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(earliest, AlterConfigOp.OpType.SET)))).all().get();
        }
    }
}
