"""The presenter: what the store knows becomes text and blocks; pure, without any I/O."""
