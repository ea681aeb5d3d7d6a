"""The pages of the arena; gradio is imported here and nowhere else."""
