"""How anyone's pictures were drawn, prompt, seed and generator: told by files, by names, or by their own text."""
