"""Compare: chosen generators on chosen prompts and seeds, in one grid, by name, and a visitor's own pictures beside."""

MOST_PROMPTS, MOST_SEEDS, MOST_PICTURES = 12, 12, 60  # of one grid
