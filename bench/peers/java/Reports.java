package peers;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the reports in batches and commits offsets after what was done with them is committed, as
 * the client's documentation does under "Manual Offset Control" (KafkaConsumer's Javadoc).
 */
final class Reports {
    /** What is done with a batch; it has committed when it returns. */
    interface Stage {
        void take(List<Report> reports) throws SQLException;
    }

    private static final int TRIES = 3;
    private static final int MOST_AT_ONCE = 500;
    private static final Duration WAIT = Duration.ofMillis(200);

    private Reports() {}

    /** Work until killed; an error that lasts, of any thread, ends the process. */
    static void consume(String group, Stage stage) throws SQLException {
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, error) -> {
                    error.printStackTrace();
                    Runtime.getRuntime().halt(1);
                });
        Map<String, Object> settings =
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("PEER_KAFKA"),
                        ConsumerConfig.GROUP_ID_CONFIG, group,
                        ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, System.getenv("PEER_INSTANCE"),
                        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6_000,
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest",
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST_AT_ONCE);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(System.getenv("PEER_REPORTS")));
            while (true) {
                ConsumerRecords<byte[], byte[]> found = consumer.poll(WAIT);
                List<Report> reports = new ArrayList<>(found.count());
                found.forEach(record -> Report.of(record.value()).ifPresent(reports::add));
                if (!reports.isEmpty()) {
                    take(stage, reports);
                }
                if (!found.isEmpty()) {
                    commit(consumer);
                }
            }
        }
    }

    private static void commit(KafkaConsumer<byte[], byte[]> consumer) {
        try {
            consumer.commitSync();
        } catch (CommitFailedException | RebalanceInProgressException moved) {
            // Somebody else has the lanes by now and drops as known what was taken here.
            moved.printStackTrace();
        }
    }

    /** Take a batch; what failed is taken again, and what it had committed is known by then. */
    private static void take(Stage stage, List<Report> reports) throws SQLException {
        for (int tries = 1; ; tries++) {
            try {
                stage.take(reports);
                return;
            } catch (SQLException | RuntimeException failed) {
                if (tries == TRIES) {
                    throw failed;
                }
                failed.printStackTrace();
            }
        }
    }
}
