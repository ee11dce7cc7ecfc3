"""One file a step of a plan; `registry` knows them by name."""
