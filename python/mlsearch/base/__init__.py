"""What every other part stands on: errors, seeds, files, settings, checks."""
