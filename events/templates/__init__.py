"""The library of templates that comes with the program: one file per function, read by `library.py`.

In a file a template has a key, which is for ever, what does not depend on a language, and its texts language by language.
Every level of a metric is the example of a placeholder, `target_2` for the target of the second key result; only a start
of 0 stays a number. A TEXT placeholder is one that the texts name in braces, its example stands with the texts.
"""
