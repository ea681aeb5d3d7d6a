"""The filters: one file, one filter."""
