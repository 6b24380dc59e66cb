"""What may happen, what happened, and the log that keeps it."""
