"""The data access layer: the port's adapters, and the agent beside each pooler."""
