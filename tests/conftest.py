"""What all tests share: the plugin that slices large tables, and pytester to test it with."""

pytest_plugins = ("slicing", "pytester")
