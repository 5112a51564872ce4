"""Run folders: what a training run leaves behind."""
