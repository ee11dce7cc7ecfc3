"""What is looked at before a source is moved: one small unit a check, all in `registry.CHECKS`."""
