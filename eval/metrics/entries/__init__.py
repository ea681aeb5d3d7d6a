"""The metrics: one file, one metric."""
