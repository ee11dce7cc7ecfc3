"""AWS's API in front of real PostgreSQL servers."""
