"""Puzzles: compiled domains whose states are rows of bytes."""
