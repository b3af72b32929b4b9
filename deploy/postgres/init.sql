-- Run once by the postgres image, as its superuser, when the data directory is still empty.
--
-- One database per service. The owner makes and changes tables (`tongxin db upgrade`); a service's
-- own role reads and writes rows in its own database and cannot create, change or drop anything.
-- Passwords come from the environment; psql stops at the first one that is not there.

\set ON_ERROR_STOP on
\getenv owner_password OWNER_DB_PASSWORD
\getenv intake_password INTAKE_DB_PASSWORD
\getenv router_password ROUTER_DB_PASSWORD
\getenv notifier_password NOTIFIER_DB_PASSWORD
\getenv desk_password DESK_DB_PASSWORD

CREATE ROLE tongxin_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE intake LOGIN PASSWORD :'intake_password';
CREATE ROLE router LOGIN PASSWORD :'router_password';
CREATE ROLE notifier LOGIN PASSWORD :'notifier_password';
CREATE ROLE desk LOGIN PASSWORD :'desk_password';

CREATE DATABASE intake OWNER tongxin_owner TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE router OWNER tongxin_owner TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE notifier OWNER tongxin_owner TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE desk OWNER tongxin_owner TEMPLATE template0 ENCODING 'UTF8';

REVOKE ALL ON DATABASE intake, router, notifier, desk, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE intake TO intake;
GRANT CONNECT ON DATABASE router TO router;
GRANT CONNECT ON DATABASE notifier TO notifier;
GRANT CONNECT ON DATABASE desk TO desk;

\connect intake
ALTER SCHEMA public OWNER TO tongxin_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO intake;
ALTER DEFAULT PRIVILEGES FOR ROLE tongxin_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO intake;
ALTER DEFAULT PRIVILEGES FOR ROLE tongxin_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO intake;

\connect router
ALTER SCHEMA public OWNER TO tongxin_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO router;
ALTER DEFAULT PRIVILEGES FOR ROLE tongxin_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO router;
ALTER DEFAULT PRIVILEGES FOR ROLE tongxin_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO router;

\connect notifier
ALTER SCHEMA public OWNER TO tongxin_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO notifier;
ALTER DEFAULT PRIVILEGES FOR ROLE tongxin_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO notifier;
ALTER DEFAULT PRIVILEGES FOR ROLE tongxin_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO notifier;

\connect desk
ALTER SCHEMA public OWNER TO tongxin_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO desk;
ALTER DEFAULT PRIVILEGES FOR ROLE tongxin_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO desk;
ALTER DEFAULT PRIVILEGES FOR ROLE tongxin_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO desk;
