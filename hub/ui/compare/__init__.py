"""Compare: chosen generators on chosen prompts and seeds, in one grid, by name."""
