"""What only a worker can tell of an installation; each check is a file."""
