"""The roll back: in the cool-off clients' writes move from the target back to the source."""
