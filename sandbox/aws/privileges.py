"""What RDS lets `rds_superuser` do that PostgreSQL keeps for superusers: logical replication."""

from sandbox.servers.postgres import PostgresServer

# RDS's own servers are changed to allow these. Here the session's role is a superuser for the
# length of the one command, within its transaction, so that nobody else ever sees it as one.
_COMMANDS = """
CREATE FUNCTION pg_catalog.rds_allow() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF pg_has_role(session_user, 'rds_superuser', 'MEMBER')
       AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
        EXECUTE format('ALTER ROLE %I SUPERUSER', session_user);
        PERFORM set_config('rds.allowed', session_user, true);
    END IF;
END $$;
CREATE FUNCTION pg_catalog.rds_allowed() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF current_setting('rds.allowed', true) = session_user THEN
        EXECUTE format('ALTER ROLE %I NOSUPERUSER', session_user);
        PERFORM set_config('rds.allowed', '', true);
    END IF;
END $$;
CREATE EVENT TRIGGER rds_allow ON ddl_command_start
    WHEN TAG IN ('CREATE PUBLICATION', 'ALTER PUBLICATION',
                 'CREATE SUBSCRIPTION', 'ALTER SUBSCRIPTION', 'DROP SUBSCRIPTION')
    EXECUTE FUNCTION rds_allow();
CREATE EVENT TRIGGER rds_allowed ON ddl_command_end
    WHEN TAG IN ('CREATE PUBLICATION', 'ALTER PUBLICATION',
                 'CREATE SUBSCRIPTION', 'ALTER SUBSCRIPTION', 'DROP SUBSCRIPTION')
    EXECUTE FUNCTION rds_allowed();
"""


def allow_logical_replication(server: PostgresServer) -> None:
    """In every database of the server, and in those that are made of its template."""
    for database in ("template1", "postgres"):
        with server.connect(database) as connection:
            connection.execute(_COMMANDS)
