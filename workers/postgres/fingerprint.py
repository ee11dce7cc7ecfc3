"""What a database is made of, as texts that are the same on every faithful copy: named queries."""

from typing import LiteralString

from workers.postgres.connect import Connection, rows
from workers.postgres.roles import PROVIDER_ROLES

# One kind of object each: its name, and the digest of what it is made of. Nothing in it depends on
# a server's state: no sizes, no times, no numbers of rows.
_SCHEMA: tuple[LiteralString, ...] = (
    (
        "SELECT 'relation ' || format('%I.%I', n.nspname, c.relname), "
        "md5(concat_ws('|', c.relkind, c.relpersistence, pg_get_userbyid(c.relowner), "
        "c.reloptions::text, c.relacl::text, "
        "(SELECT string_agg(concat_ws(' ', a.attnum, a.attname, "
        "format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, "
        "a.attcollation, a.attacl::text, "
        "pg_get_expr(d.adbin, d.adrelid)), ',' ORDER BY a.attnum) FROM pg_attribute a "
        "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
        "WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), "
        "CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, "
        "CASE WHEN c.relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid) END)) "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    ),
    (
        "SELECT 'constraint ' || "
        "format('%I.%I on %s', n.nspname, c.conname, c.conrelid::regclass), "
        "md5(concat_ws('|', pg_get_constraintdef(c.oid), c.convalidated)) "
        "FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace "
        "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    ),
    (
        "SELECT 'function ' || p.oid::regprocedure, md5(concat_ws('|', p.prosrc, p.probin, "
        "p.prokind, p.provolatile, p.prosecdef, p.proconfig::text, p.proacl::text, "
        "pg_get_userbyid(p.proowner), pg_get_function_result(p.oid))) "
        "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    ),
    (
        "SELECT 'trigger ' || format('%I on %s', t.tgname, t.tgrelid::regclass), "
        "md5(concat_ws('|', pg_get_triggerdef(t.oid), t.tgenabled)) "
        "FROM pg_trigger t WHERE NOT t.tgisinternal"
    ),
    (
        "SELECT 'policy ' || format('%I on %s', p.polname, p.polrelid::regclass), "
        "md5(concat_ws('|', p.polcmd, p.polroles::text, pg_get_expr(p.polqual, p.polrelid), "
        "pg_get_expr(p.polwithcheck, p.polrelid))) FROM pg_policy p"
    ),
    (
        "SELECT 'schema ' || quote_ident(n.nspname), "
        "md5(concat_ws('|', pg_get_userbyid(n.nspowner), n.nspacl::text)) FROM pg_namespace n "
        "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    ),
)


def schema(connection: Connection) -> dict[str, str]:
    """Every object of the customer's schemas by kind and name, with its definition's digest."""
    return {name: digest for query in _SCHEMA for name, digest in rows(connection, query)}


def roles(connection: Connection) -> dict[str, str]:
    """Every role but the provider's, with its attributes, settings and memberships."""
    return dict(
        rows(
            connection,
            "SELECT r.rolname, md5(concat_ws('|', r.rolsuper, r.rolinherit, r.rolcreaterole, "
            "r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls, r.rolconnlimit, "
            "r.rolvaliduntil, r.rolconfig::text, (SELECT string_agg(g.rolname || ' ' || "
            "m.admin_option, ',' ORDER BY g.rolname) FROM pg_auth_members m "
            "JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid))) "
            "FROM pg_roles r WHERE r.rolname <> ALL (%s)",
            list(PROVIDER_ROLES),
        )
    )


def databases(connection: Connection) -> dict[str, str]:
    """Every database with what decides how it stores and compares text, and who may connect."""
    return dict(
        rows(
            connection,
            "SELECT datname, concat_ws(' ', pg_get_userbyid(datdba), "
            "pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit, datallowconn, "
            "datacl::text) FROM pg_database WHERE NOT datistemplate AND datname <> 'rdsadmin'",
        )
    )


def sequences(connection: Connection) -> dict[str, tuple[int, int]]:
    """Every sequence that was used: its last value and its increment."""
    found = rows(
        connection,
        "SELECT format('%I.%I', schemaname, sequencename), last_value, increment_by "
        "FROM pg_sequences WHERE last_value IS NOT NULL",
    )
    return {name: (last, step) for name, last, step in found}
