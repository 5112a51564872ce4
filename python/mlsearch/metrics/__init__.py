"""Learned distances, ready for use."""
