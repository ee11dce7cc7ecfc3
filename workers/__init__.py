"""The execution edge: what touches databases and the cloud."""
