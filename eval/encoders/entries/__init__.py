"""The image encoders: one file, one encoder."""
