-- Daybreak's own role: no application uses it. Run once by the master user in each database to be moved:
--   psql -v password=... -v database=app -f docs/daybreak-role.sql
-- CREATEROLE lets it close and reopen logins, rds_superuser lets it end sessions and see statistics,
-- pg_read_all_data lets it compare source and target.
CREATE ROLE daybreak LOGIN CREATEROLE PASSWORD :'password';
GRANT rds_superuser, pg_read_all_data TO daybreak;
GRANT CONNECT, CREATE ON DATABASE :"database" TO daybreak;
