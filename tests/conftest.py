"""What all tests share: our own plugins, and pytester to test them with."""

from hypothesis import settings

from sandbox.servers import debian

pytest_plugins = ("slicing", "longest_first", "aws_models", "outages", "pytester")

# Where there is no apt, there is nothing that these could be about.
collect_ignore = [] if debian.available() else ["unit/test_resolve_debian.py"]

# How long an example takes says something about the machine, not about the code.
settings.register_profile("daybreak", deadline=None)
settings.load_profile("daybreak")
