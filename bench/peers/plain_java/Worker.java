package peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Takes a batch of reports in one transaction: known ones dropped, rows, assignments, outbox. */
final class Worker implements Reports.Stage {
    private static final String TABLE =
            "CREATE TABLE IF NOT EXISTS assignment (case_id uuid PRIMARY KEY,"
                    + " department text NOT NULL,"
                    + " decided_at timestamptz NOT NULL DEFAULT clock_timestamp())";
    private static final String INSERT =
            "INSERT INTO assignment (case_id, department) VALUES (?, ?)";

    private final Connection connection;
    private final Outbox outbox = new Outbox();
    private final Map<String, String> leads;

    private Worker(Connection connection, Map<String, String> leads) {
        this.connection = connection;
        this.leads = leads;
    }

    /** Make the tables, or work until killed. */
    public static void main(String[] arguments) throws IOException, SQLException {
        try (Connection connection = DriverManager.getConnection(System.getenv("PEER_JDBC"))) {
            if (arguments[0].equals("prepare")) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(Incidents.TABLE);
                    statement.execute(TABLE);
                    statement.execute(Outbox.TABLE);
                }
            } else {
                connection.setAutoCommit(false);
                Reports.consume("plain-java", new Worker(connection, leads()));
            }
        }
    }

    @Override
    public void take(List<Report> reports) throws SQLException {
        connection.rollback(); // what a try before this one may have left
        List<Outbox.Assignment> assigned = new ArrayList<>(reports.size());
        for (Report report : Incidents.fresh(connection, reports)) {
            String lead = lead(report);
            if (lead != null) {
                assigned.add(new Outbox.Assignment(report.caseId(), lead));
            }
        }
        store(assigned);
        Outbox.add(connection, assigned);
        connection.commit();
        outbox.hasMore();
    }

    private String lead(Report report) {
        String byChannel = leads.get(report.category() + "\t" + report.channel());
        return byChannel != null ? byChannel : leads.get(report.category() + "\t");
    }

    private void store(List<Outbox.Assignment> assigned) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (Outbox.Assignment one : assigned) {
                insert.setObject(1, one.caseId());
                insert.setString(2, one.department());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** Read the plan's rows: a category, a channel or none, who leads. The first one holds. */
    private static Map<String, String> leads() throws IOException {
        Map<String, String> leads = new HashMap<>();
        for (String line : Files.readAllLines(Path.of(System.getenv("PEER_ROUTES")))) {
            String[] row = line.split("\t", -1);
            leads.putIfAbsent(row[0] + "\t" + row[1], row[2]);
        }
        return leads;
    }
}
