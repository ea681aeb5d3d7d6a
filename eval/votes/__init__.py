"""Votes for the evaluation: read in any format, counted or left out with a reason."""
