"""The tab that adapts a generator to a look by a visitor's words alone."""
