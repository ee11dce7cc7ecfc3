"""Block Kit as Slack checks it: known types and keys, limits, and where a payload breaks them."""
