"""`python -m bot doctor`: looks at the whole installation; each check is a file."""
