"""Scores of heuristics on problems."""
