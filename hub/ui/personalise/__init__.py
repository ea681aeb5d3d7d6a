"""The tab that teaches a model one subject from a visitor's pictures, and shows what else it changed."""
