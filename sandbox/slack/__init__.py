"""A local workspace that speaks Slack's protocols."""
