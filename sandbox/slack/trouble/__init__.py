"""Slack on a bad day, by switches: faults, rate limits, and a server that refuses connections."""
