"""The audit: a migration's whole story in lines that hold each other, and the look at them."""
