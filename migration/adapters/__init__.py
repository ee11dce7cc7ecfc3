"""What connects the core's ports to Redis and RQ."""
