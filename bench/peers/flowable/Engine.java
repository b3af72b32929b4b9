package peers;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.Map;
import javax.sql.DataSource;
import org.flowable.common.engine.impl.AbstractEngineConfiguration;
import org.flowable.common.engine.impl.el.DefaultExpressionManager;
import org.flowable.common.engine.impl.history.HistoryLevel;
import org.flowable.common.engine.impl.persistence.deploy.DefaultDeploymentCache;
import org.flowable.dmn.engine.DmnEngineConfiguration;
import org.flowable.dmn.engine.configurator.DmnEngineConfigurator;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.delegate.JavaDelegate;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;
import org.flowable.job.service.impl.asyncexecutor.AsyncJobExecutorConfiguration;

/** How the engine is set; bench/README.md says where each setting is documented. */
final class Engine {
    private static final int CONNECTIONS = 10;
    private static final int EXPRESSIONS = 4096;

    private Engine() {}

    /** Return the pool that the engine works with. */
    static DataSource pool() {
        HikariConfig settings = new HikariConfig();
        settings.setJdbcUrl(System.getenv("PEER_JDBC"));
        settings.setMaximumPoolSize(CONNECTIONS);
        settings.setMinimumIdle(CONNECTIONS);
        settings.setAutoCommit(false);
        return new HikariDataSource(settings);
    }

    /** Return a running engine; the one that `prepares` makes the tables and runs no job. */
    static ProcessEngine built(DataSource pool, JavaDelegate order, boolean prepares) {
        StandaloneProcessEngineConfiguration settings = new StandaloneProcessEngineConfiguration();
        settings.setDataSource(pool);
        settings.setDatabaseSchemaUpdate(
                prepares
                        ? AbstractEngineConfiguration.DB_SCHEMA_UPDATE_TRUE
                        : AbstractEngineConfiguration.DB_SCHEMA_UPDATE_FALSE);
        settings.setHistoryLevel(HistoryLevel.NONE);
        settings.setBulkInsertEnabled(true);
        settings.setDisableIdmEngine(true);
        settings.setDisableEventRegistry(true);
        settings.setBeans(Map.of("order", order));
        settings.setAsyncExecutorActivate(!prepares);
        AsyncJobExecutorConfiguration jobs = settings.getAsyncExecutorConfiguration();
        jobs.setGlobalAcquireLockEnabled(true);
        jobs.setLockOwner(System.getenv("PEER_INSTANCE"));
        settings.addConfigurator(
                new DmnEngineConfigurator().setDmnEngineConfiguration(decisions()));
        return settings.buildProcessEngine();
    }

    private static DmnEngineConfiguration decisions() {
        DmnEngineConfiguration settings =
                DmnEngineConfiguration.createStandaloneDmnEngineConfiguration();
        settings.setHistoryEnabled(false);
        // Off by default: without it each row's condition is parsed again for each report.
        settings.addExpressionManagerConfigurer(
                manager ->
                        ((DefaultExpressionManager) manager)
                                .setExpressionCache(new DefaultDeploymentCache<>(EXPRESSIONS)));
        return settings;
    }
}
