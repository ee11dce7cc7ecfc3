"""Who may call what: the documents of docs/iam, held against each request as IAM would."""
