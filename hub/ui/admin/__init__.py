"""The admin page and the metrics of an arena."""
