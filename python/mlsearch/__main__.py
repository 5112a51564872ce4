"""``python -m mlsearch``."""

from mlsearch.cli import main

main(prog_name="mlsearch")
