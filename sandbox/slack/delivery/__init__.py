"""How the workspace reaches the app: over a socket of the app's, or by signed HTTP requests."""
