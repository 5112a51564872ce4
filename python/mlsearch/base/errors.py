"""The exceptions of mlsearch that are not plain ``ValueError`` or ``TypeError``."""

from __future__ import annotations


class MlsearchError(Exception):
    """Base of every error below, so that one ``except`` catches them all."""


class MazeFormatError(MlsearchError):
    """A maze or data file does not hold what its format promises."""


class CheckpointError(MlsearchError):
    """A run folder is missing, damaged, or was written for something else."""


class HeuristicError(MlsearchError):
    """A heuristic answered with a wrong shape or dtype, or with NaN or infinity."""


class DomainError(MlsearchError):
    """A domain answered with a wrong shape or dtype, or with what is no state."""


class TrainingError(MlsearchError):
    """Training cannot go on, for example because the loss is no longer finite."""
