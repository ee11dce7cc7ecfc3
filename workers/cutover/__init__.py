"""The write pause, one file a phase."""
