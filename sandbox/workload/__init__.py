"""Live writers and the ledger that accounts for every acknowledged commit."""
