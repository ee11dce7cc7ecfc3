"""A cloud and a workspace on one machine, out of real parts."""
