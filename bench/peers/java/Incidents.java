package peers;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The reports that were taken, by the case each stands for: a repeat is known by its row. */
final class Incidents {
    static final String TABLE =
            "CREATE TABLE IF NOT EXISTS incident (case_id uuid PRIMARY KEY, body text NOT NULL)";
    private static final String KNOWN = "SELECT case_id FROM incident WHERE case_id = ANY (?)";
    private static final String INSERT = "INSERT INTO incident (case_id, body) VALUES (?, ?)";

    private Incidents() {}

    /**
     * Store those that are new and return them, each case once. A case's repeats have its key, so
     * one process reads them all; where two held it for a moment, the primary key fails one.
     */
    static List<Report> fresh(Connection connection, List<Report> reports) throws SQLException {
        Set<UUID> known = known(connection, reports);
        List<Report> fresh = new ArrayList<>(reports.size());
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (Report report : reports) {
                if (known.add(report.caseId())) {
                    insert.setObject(1, report.caseId());
                    insert.setString(2, report.body());
                    insert.addBatch();
                    fresh.add(report);
                }
            }
            insert.executeBatch();
        }
        return fresh;
    }

    private static Set<UUID> known(Connection connection, List<Report> reports)
            throws SQLException {
        Set<UUID> known = new HashSet<>();
        try (PreparedStatement select = connection.prepareStatement(KNOWN)) {
            Array asked =
                    connection.createArrayOf(
                            "uuid", reports.stream().map(Report::caseId).toArray());
            select.setArray(1, asked);
            try (ResultSet found = select.executeQuery()) {
                while (found.next()) {
                    known.add(found.getObject(1, UUID.class));
                }
            }
        }
        return known;
    }
}
