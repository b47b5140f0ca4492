package oathgate;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;

/**
 * {@code admin <step>...}: administrative calls by one client, in order; a step is its name and its
 * arguments joined by colons, such as {@code create:orders:3:1} (topic, partitions, replicas).
 */
final class Administer {
    private static final long DEADLINE_SECONDS = 30;

    private Administer() {}

    static void run(Properties properties, String[] steps) throws Exception {
        try (Admin admin = Admin.create(properties)) {
            for (String step : steps) {
                String[] words = step.split(":");
                switch (words[0]) {
                    case "cluster" -> cluster(admin);
                    case "create" -> create(admin, words);
                    case "describe" -> describe(admin, words[1]);
                    case "delete" -> deleteTopic(admin, words[1]);
                    case "topics" -> topics(admin);
                    case "groups" -> groups(admin);
                    case "group" -> group(admin, words[1]);
                    case "configs" -> configs(admin, words[1]);
                    case "alter" -> alter(admin, words);
                    case "measure" -> measure(admin, words);
                    case "offsets" -> offsets(admin, words[1]);
                    case "broker" -> broker(admin, words[1]);
                    case "scram" -> scram(admin, words[1]);
                    default -> throw new IllegalArgumentException("unknown step " + step);
                }
            }
        }
        Lines.write("done", steps.length);
    }

    private static <T> T await(KafkaFuture<T> future) throws Exception {
        return future.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    private static void node(String word, Node node) {
        Lines.write(word, node.id(), node.host() + ":" + node.port());
    }

    private static void cluster(Admin admin) throws Exception {
        DescribeClusterResult result = admin.describeCluster();
        Lines.write("cluster", await(result.clusterId()));
        node("controller", await(result.controller()));
        for (Node node : await(result.nodes())) {
            node("node", node);
        }
    }

    private static void create(Admin admin, String[] words) throws Exception {
        NewTopic topic = new NewTopic(words[1], Optional.of(Integer.parseInt(words[2])), Optional.of(Short.parseShort(words[3])));
        await(admin.createTopics(List.of(topic)).all());
        Lines.write("created", words[1]);
    }

    private static void describe(Admin admin, String topic) throws Exception {
        TopicDescription description = await(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
        for (TopicPartitionInfo partition : description.partitions()) {
            Lines.write("partition", topic, partition.partition(), partition.leader().id(), partition.replicas().size());
            node("leader", partition.leader());
            partition.replicas().forEach(replica -> node("replica", replica));
        }
    }

    private static void deleteTopic(Admin admin, String topic) throws Exception {
        await(admin.deleteTopics(List.of(topic)).all());
        Lines.write("deleted", topic);
    }

    private static void topics(Admin admin) throws Exception {
        for (String topic : await(admin.listTopics().names())) {
            Lines.write("topic", topic);
        }
    }

    private static void groups(Admin admin) throws Exception {
        Collection<GroupListing> groups = await(admin.listGroups().all());
        groups.forEach(group -> Lines.write("group", group.groupId()));
    }

    private static void group(Admin admin, String group) throws Exception {
        var description = await(admin.describeConsumerGroups(List.of(group)).all()).get(group);
        node("coordinator", description.coordinator());
    }

    private static void configs(Admin admin, String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        for (ConfigEntry entry : await(admin.describeConfigs(List.of(resource)).all()).get(resource).entries()) {
            Lines.write("config", entry.name(), entry.value());
        }
    }

    private static void alter(Admin admin, String[] words) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, words[1]);
        AlterConfigOp set = new AlterConfigOp(new ConfigEntry(words[2], words[3]), AlterConfigOp.OpType.SET);
        await(admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all());
        Lines.write("altered", words[1], words[2]);
    }

    /** {@code measure:<name>:<interval in ms>:<prefix of metrics>}: asks clients for their metrics (KIP-714). */
    private static void measure(Admin admin, String[] words) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, words[1]);
        List<AlterConfigOp> set = List.of(
                new AlterConfigOp(new ConfigEntry("interval.ms", words[2]), AlterConfigOp.OpType.SET),
                new AlterConfigOp(new ConfigEntry("metrics", words[3]), AlterConfigOp.OpType.SET));
        await(admin.incrementalAlterConfigs(Map.of(resource, set)).all());
        Lines.write("measured", words[1]);
    }

    private static void offsets(Admin admin, String topic) throws Exception {
        TopicDescription description = await(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        description.partitions().forEach(p -> latest.put(new TopicPartition(topic, p.partition()), OffsetSpec.latest()));
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end : await(admin.listOffsets(latest).all()).entrySet()) {
            Lines.write("end", end.getKey().partition(), end.getValue().offset());
        }
    }

    /** The configuration of one broker: every value that names a listener of its own is an address. */
    private static void broker(Admin admin, String node) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, node);
        for (ConfigEntry entry : await(admin.describeConfigs(List.of(resource)).all()).get(resource).entries()) {
            Lines.write("config", entry.name(), entry.value());
        }
    }

    /** A change of security: gives the user a SCRAM password. */
    private static void scram(Admin admin, String user) throws Exception {
        ScramCredentialInfo info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
        await(admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(user, info, "x"))).all());
        Lines.write("scram", user);
    }
}
