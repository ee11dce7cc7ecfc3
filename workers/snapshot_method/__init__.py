"""The snapshot method: the source is closed, copied, and left for its copy; or it opens again."""
