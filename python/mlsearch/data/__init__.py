"""Walks, trajectories and training pairs."""
