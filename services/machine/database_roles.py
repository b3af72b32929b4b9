"""The statements that give a service its own PostgreSQL database, and itself as little as it needs.

Two roles per database: the owner changes tables (`tongxin db upgrade`), the app only reads and
writes rows. Every statement may be run again; names come from this project, never from outside.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """A database and who may do what in it."""

    database: str
    owner: str
    app: str


def roles_of(service: str) -> Roles:
    """Return the names for a service.

    >>> roles_of("intake")
    Roles(database='tongxin_intake', owner='tongxin_intake_owner', app='tongxin_intake')
    """
    name = f"tongxin_{service}"
    return Roles(database=name, owner=f"{name}_owner", app=name)


def role_statements(role: str, *, password: str) -> list[str]:
    """Return what makes a role that can log in and nothing else, or gives it this password."""
    return [
        f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'",
    ]


def create_statement(roles: Roles) -> str:
    """Return what makes the database; PostgreSQL has no way to make it only if it is missing."""
    return f"CREATE DATABASE {roles.database} OWNER {roles.owner}"


def access_statements(roles: Roles) -> list[str]:
    """Return what keeps everybody else out of the database; run as superuser, in any database."""
    return [
        f"REVOKE ALL ON DATABASE {roles.database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {roles.database} TO {roles.app}",
    ]


def grant_statements(roles: Roles) -> list[str]:
    """Return what lets the app use rows, of later tables too; run in the database."""
    rows = "SELECT, INSERT, UPDATE, DELETE"
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {roles.owner} IN SCHEMA public"
    return [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {roles.owner}",
        f"GRANT USAGE ON SCHEMA public TO {roles.app}",
        f"{defaults} GRANT {rows} ON TABLES TO {roles.app}",
        f"{defaults} GRANT USAGE, SELECT ON SEQUENCES TO {roles.app}",
    ]
