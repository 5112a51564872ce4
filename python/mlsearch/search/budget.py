"""What ends a search: what is given, what commands and evaluations add, and its words in titles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlsearch.domains.extras import extra

MAX_BYTES = 2**32
"""Memory of the states that a search has seen, unless the caller says otherwise."""

LEAST_BYTES = 2**16
"""The smallest budget of memory: an empty table of states takes some of it."""

BEAM_LAYERS = 200
"""Layers that a beam has room for unless a budget is given."""


def bounded(options: Mapping[str, Any], domain: Any, times: int = 1) -> dict[str, Any]:
    """Arguments of ``solve`` with a budget of expansions, unless they have one already.

    Args:
        options: arguments of :func:`mlsearch.solve`.
        domain: its ``budget`` is the one, see :mod:`mlsearch.domains.extras`. A beam expands all
            states of a layer, so it has as much as ``BEAM_LAYERS`` layers take, if that is more.
        times: as many times this budget.
    """
    budget = extra(domain, "budget")
    has_one = "max_expansions" in options or options.get("max_generated") is not None
    if has_one or budget is None:
        return dict(options)
    layers = BEAM_LAYERS * (options.get("beam_width") or 0)
    return {**options, "max_expansions": max(times * budget, layers)}


def kind_of_search(options: Mapping[str, Any]) -> str:
    """What the search with these arguments of ``solve`` is called."""
    if not options.get("search", True):
        return "greedy descent"
    if (width := options.get("beam_width")) is not None:
        return f"beam search of width {width:,}"
    weight, at_once = options.get("weight"), options.get("expansions_per_round", 1)
    kind = "best-first search" if weight is None else f"A* of weight {weight:g}"
    return kind + (f", {at_once:,} expansions a round" if at_once > 1 else "")


def budgets_of(options: Mapping[str, Any]) -> str:
    """What a title says of the budgets of each problem; empty without any."""
    expansions, generated = options.get("max_expansions"), options.get("max_generated")
    return ("" if expansions is None else f", {expansions:,} expansions each") + (
        "" if generated is None else f", {generated:,} generated each"
    )
