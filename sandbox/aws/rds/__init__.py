"""moto's RDS, its instances and clusters backed by real PostgreSQL servers."""
