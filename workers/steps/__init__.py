"""One file a step of a plan."""
