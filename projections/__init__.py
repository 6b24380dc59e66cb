"""Read models folded from the log: derived, droppable, rebuildable."""
