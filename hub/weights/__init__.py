"""The checkpoints of this repository, each with its card, and the command that puts a training's into its place."""
