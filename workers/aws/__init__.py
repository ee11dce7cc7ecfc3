"""Thin gateways to AWS: the only place that knows boto3's shapes."""
