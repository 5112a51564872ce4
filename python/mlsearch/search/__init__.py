"""Search on many problems at once."""
