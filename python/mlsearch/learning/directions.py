"""Whether a model can tell the way there from the way back, where a domain needs that."""

from __future__ import annotations

from mlsearch.config import RunConfig
from mlsearch.domains.extras import name_of
from mlsearch.models import DistanceModel


def warning_of_symmetry(config: RunConfig, model: DistanceModel) -> str | None:
    """One line if the model is symmetric and moves of the domain cannot be undone; else None."""
    if not model.is_symmetric:
        return None
    domain = config.domain.make(1, seed=0)
    if domain.is_reversible:
        return None
    return (
        f"model.distance: {config.model.distance!r} is the same in both directions, but moves of "
        f"domain {name_of(domain)!r} cannot be undone; 'iqe' and 'mrn' tell the directions apart"
    )
