"""All trainings that are due, in order of need, here or on a rented machine: ``python -m hub.methods.train_all``."""
