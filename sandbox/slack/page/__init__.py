"""The workspace's page for people; its source is in `source/`, and `make page` builds `static/`."""
