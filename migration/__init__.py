"""The core: what a migration is; it knows no Slack, no AWS and no Redis."""
