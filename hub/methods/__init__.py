"""The methods: models, losses and training. They know nothing of generators, evaluation or the page."""
