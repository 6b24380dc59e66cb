"""What a report can be refused for; apart from the rest, which takes seconds to load."""


class ReportError(Exception):
    """A report that cannot be made; the message says why."""
