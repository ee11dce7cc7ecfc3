"""Named SQL: inventory, replication, fence."""
