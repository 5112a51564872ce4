"""Training: batches, objectives, methods and the trainer."""
