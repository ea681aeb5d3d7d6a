"""Attacks on the arena, each a command that prints its figures; bounded, and on this machine alone."""
