"""The Slack edge: what people say and what they see."""
