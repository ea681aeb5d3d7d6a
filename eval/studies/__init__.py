"""Studies: one file declares one, with its runs, figures and expected orderings; :mod:`eval.study` does the rest."""
