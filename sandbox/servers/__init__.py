"""Where PostgreSQL, Redis and PgBouncer come from and how they are run."""
