"""Letting work come to a good end before a signal stops it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def deferred_signals() -> Iterator[Callable[[], bool]]:
    """Lets a step finish before Ctrl-C or SIGTERM ends a run.

    Yields a function that tells whether one of them has arrived. Outside the main thread
    signals cannot be caught, and it never does.
    """
    arrived: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda number, _: arrived.append(number)) for kind in kinds]
    try:
        yield lambda: bool(arrived)
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
