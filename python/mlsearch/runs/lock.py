"""One process at a time trains in a run folder."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from mlsearch.base.errors import CheckpointError
from mlsearch.base.files import remove_leftovers

LOCK = ".lock"


class RunLock:
    """Keeps other processes from training in ``folder`` until ``release``.

    The operating system holds the lock, so it ends with the process, however that ends. What
    a killed process left unfinished in the folder is removed.

    Args:
        folder: an existing run folder.

    Raises:
        CheckpointError: another process, or another trainer of this one, holds it.
        OSError: the folder is not writable.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise CheckpointError(
                f"{folder}: this run is being trained already; wait for it to end or stop it"
            ) from None
        for place in (folder, folder / "training_state"):
            remove_leftovers(place)

    def release(self) -> None:
        """Lets others in; a second call does nothing."""
        self._lock.release()
