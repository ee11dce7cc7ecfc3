"""What one collector sees for all migrations, and what waits can be told to go on by it."""
