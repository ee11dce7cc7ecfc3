"""What people do becomes the requests that Slack sends; the answers become what people see."""
