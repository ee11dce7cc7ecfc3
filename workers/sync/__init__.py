"""The watch over a synchronization: the source's disk, the replica, and CloudWatch's alarms."""
