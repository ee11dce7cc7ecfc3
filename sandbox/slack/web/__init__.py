"""The Web API: a file a family of methods, and one place that checks tokens and words errors."""
