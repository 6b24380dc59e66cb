"""The coach: advice on how objectives and key results are written. It never blocks anything.

A rule is a pure function of plain values, so that rows of any moment and drafts that nobody has written feed the same rules.
To read on: `rules.py` has the table of all rules, `word_lists/` the words that they look for, `catalogs/` what is said of it.
"""
