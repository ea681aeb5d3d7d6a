"""Machine judges: models that are shown battles as raters are, in both orders, and whose votes are kept apart."""
