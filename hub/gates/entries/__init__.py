"""The gates: one file, one gate."""
