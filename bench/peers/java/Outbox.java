package peers;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Assignments that wait to be published. They are written with what they tell, and a thread of each
 * process sends and deletes them: each gets out at least once, and one that gets out again, because
 * its process was killed between both, has the same id.
 */
final class Outbox {
    static final String TABLE =
            "CREATE TABLE IF NOT EXISTS outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                    + " case_id uuid NOT NULL, department text NOT NULL)";
    private static final String INSERT =
            "INSERT INTO outbox (case_id, department) VALUES (?, ?)";
    private static final String NEXT =
            "SELECT id, case_id, department FROM outbox ORDER BY id LIMIT 1000"
                    + " FOR UPDATE SKIP LOCKED";
    private static final String DELETE = "DELETE FROM outbox WHERE id = ANY (?)";
    private static final long LOOK_AGAIN_MILLISECONDS = 100;

    private final Semaphore written = new Semaphore(0);

    /** An assignment: which case, and who leads it. */
    record Assignment(UUID caseId, String department) {}

    /** Start the thread that sends. */
    Outbox() {
        Thread sender = new Thread(this::send, "outbox");
        sender.setDaemon(true);
        sender.start();
    }

    /** Write assignments in the caller's transaction. */
    static void add(Connection connection, List<Assignment> assignments) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (Assignment one : assignments) {
                insert.setObject(1, one.caseId());
                insert.setString(2, one.department());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** Say that something was committed, so that the thread need not find it by looking. */
    void hasMore() {
        written.release();
    }

    private void send() {
        Map<String, Object> settings =
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("PEER_KAFKA"),
                        ProducerConfig.ACKS_CONFIG, "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
                        ProducerConfig.LINGER_MS_CONFIG, 0,
                        ProducerConfig.BATCH_SIZE_CONFIG, 64 * 1024);
        try (KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(
                                settings, new ByteArraySerializer(), new ByteArraySerializer());
                Connection connection =
                        DriverManager.getConnection(System.getenv("PEER_JDBC"))) {
            connection.setAutoCommit(false);
            while (true) {
                if (sendSome(connection, producer) == 0) {
                    written.tryAcquire(LOOK_AGAIN_MILLISECONDS, TimeUnit.MILLISECONDS);
                    written.drainPermits();
                }
            }
        } catch (SQLException | ExecutionException | InterruptedException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static int sendSome(Connection connection, KafkaProducer<byte[], byte[]> producer)
            throws SQLException, ExecutionException, InterruptedException {
        String topic = System.getenv("PEER_RESULTS");
        List<Long> ids = new ArrayList<>();
        List<Future<?>> sent = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(NEXT);
                ResultSet found = select.executeQuery()) {
            while (found.next()) {
                ids.add(found.getLong(1));
                ProducerRecord<byte[], byte[]> record =
                        new ProducerRecord<>(
                                topic, bytes(found.getString(2)), bytes(found.getString(3)));
                record.headers().add("id", bytes(found.getString(1)));
                sent.add(producer.send(record));
            }
        }
        for (Future<?> one : sent) {
            one.get();
        }
        if (!ids.isEmpty()) {
            try (PreparedStatement delete = connection.prepareStatement(DELETE)) {
                delete.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
                delete.executeUpdate();
            }
        }
        connection.commit();
        return ids.size();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
