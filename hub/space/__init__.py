"""A Hugging Face Space of this repository: what it still lacks, how it gets there, and its shared GPUs."""
