"""Ratings from votes."""
