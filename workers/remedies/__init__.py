"""What mends a source at the press of a button: one file a remedy, and the job around them."""
