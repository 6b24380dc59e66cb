"""What a file cannot hold."""


class FileLimitError(Exception):
    """A limit of a file or of its format is passed; the message says which, and what to do instead."""
