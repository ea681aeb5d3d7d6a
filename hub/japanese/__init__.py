"""Japanese prompts, read as English by a lexicon of names."""
