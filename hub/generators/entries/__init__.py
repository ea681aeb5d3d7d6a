"""The embedded generators: one file, one entry."""
