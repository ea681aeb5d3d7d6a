"""What every study shares: its runs are drawn and measured, its expected orderings tested, and all of it written.

A study is a declaration in ``eval/studies``, see :mod:`eval.study.declaration`.
"""
