package peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.flowable.common.engine.impl.interceptor.CommandContext;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.RuntimeService;
import org.flowable.engine.delegate.DelegateExecution;
import org.flowable.engine.delegate.JavaDelegate;
import org.flowable.engine.impl.util.CommandContextUtil;

/**
 * Starts a process instance for each report, a batch of them in one command: known ones dropped,
 * rows, executions, user tasks, timers and outbox commit together.
 */
final class Worker implements Reports.Stage, JavaDelegate {
    private static final String PROCESS = "incident";
    // A command looks through all that it holds for every step, so a large batch costs more each.
    private static final int AT_ONCE = 10;

    private final List<Outbox.Assignment> assigned = new ArrayList<>();
    private ProcessEngine engine;
    private Outbox outbox;
    private String definition;

    /** Make tables and deploy the models, or work until killed. */
    public static void main(String[] arguments) throws IOException, SQLException {
        boolean prepares = arguments[0].equals("prepare");
        DataSource pool = Engine.pool();
        Worker worker = new Worker();
        worker.engine = Engine.built(pool, worker, prepares);
        if (prepares) {
            worker.prepare(pool);
            worker.engine.close();
        } else {
            worker.work();
        }
    }

    private void prepare(DataSource pool) throws IOException, SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(Incidents.TABLE);
            statement.execute(Outbox.TABLE);
            connection.commit();
        }
        engine.getRepositoryService()
                .createDeployment()
                .addString("incident.bpmn20.xml", Files.readString(path("PEER_BPMN")))
                .addString("routing.dmn", Files.readString(path("PEER_DMN")))
                .deploy();
    }

    private void work() throws SQLException {
        definition =
                engine.getRepositoryService()
                        .createProcessDefinitionQuery()
                        .processDefinitionKey(PROCESS)
                        .latestVersion()
                        .singleResult()
                        .getId();
        outbox = new Outbox();
        Reports.consume("flowable", this);
    }

    @Override
    public void take(List<Report> reports) {
        for (int begin = 0; begin < reports.size(); begin += AT_ONCE) {
            List<Report> some =
                    reports.subList(begin, Math.min(begin + AT_ONCE, reports.size()));
            assigned.clear();
            engine.getManagementService().executeCommand(context -> start(context, some));
            outbox.hasMore();
        }
    }

    /** The engine's service task "order": keep what the decision table said for the outbox. */
    @Override
    public void execute(DelegateExecution execution) {
        UUID caseId = UUID.fromString(execution.getProcessInstanceBusinessKey());
        String department = (String) execution.getVariable("department");
        assigned.add(new Outbox.Assignment(caseId, department));
    }

    private Void start(CommandContext context, List<Report> reports) {
        Connection connection =
                CommandContextUtil.getDbSqlSession(context).getSqlSession().getConnection();
        RuntimeService runtime = engine.getRuntimeService();
        try {
            for (Report report : Incidents.fresh(connection, reports)) {
                runtime.createProcessInstanceBuilder()
                        .processDefinitionId(definition)
                        .businessKey(report.caseId().toString())
                        .transientVariable("category", report.category())
                        .transientVariable("channel", report.channel())
                        .start();
            }
            Outbox.add(connection, assigned);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        return null;
    }

    private static Path path(String variable) {
        return Path.of(System.getenv(variable));
    }
}
