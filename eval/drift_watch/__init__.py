"""Drift watch: what a personalisation gained, and what it changed beside, on one page (arXiv 2505.19519).

Pictures of unrelated prompts and of the class are drawn by the base and by what it became, with the same seeds; what
the base draws with other seeds is the floor. All figures are by encoders that are in no loss.
"""
