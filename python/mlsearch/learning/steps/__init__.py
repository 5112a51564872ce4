"""The ways to take a training step."""
