"""The write pause without a login: security groups, a reboot, CloudWatch, and tags."""
