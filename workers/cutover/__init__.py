"""The write pause, one file a phase: arm, pause, fence, drain, promote, check, redirect, open."""
