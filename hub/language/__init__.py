"""The languages of page and report."""
