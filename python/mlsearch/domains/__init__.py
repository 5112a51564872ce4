"""Domains: worlds, states and moves, and problems on them."""
