"""Mazes with one-way doors: a small exact testbed for worlds whose moves cannot be undone."""
