"""Feeds damaged files to every reader: it may refuse them as documented, but in no other way.

    python tools/fuzz.py --inputs 10000                   # of each reader
    python tools/fuzz.py --targets config,state --seed 3
    python tools/fuzz.py --guided --inputs 100000         # coverage-guided, by atheris

A crash, an exception that the reader's documentation does not name, or more than a second of
processor time is a failure: the input is kept under tests/corpus/READER, where a test reads it
from then on. Prints how many inputs were tried; exit status 1 after a failure.
``make fuzz`` does both. ``--guided`` needs atheris. For systems with ``os.fork``.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import logging
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FunctionType

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
MEMORY = Path("/dev/shm")  # a folder that is no disk, where there is one
SLOW_SECONDS = 1.0
GUIDING = ("mlsearch", "zipfile", "json", "csv", "numpy.lib._format_impl", "PIL")
HANG_SECONDS = 30  # after which the process is stopped; of the clock, as other programs run too
NUMBERS = (0, 1, -1, 127, 255, 256, 2**15, 2**16, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**64)
TOKENS = (
    *(str(number).encode() for number in NUMBERS),
    *(b"null", b"true", b"NaN", b"Infinity", b"1e999", b"0.5", b'""', b"[]", b"{}", b"[[", b"{{"),
    *(
        b"[" * 2000,
        b"9" * 5000,
        b'"\\ud800"',
        b"\x00",
        b"\xff\xfe",
        b"../../x",
        b"O",
        b"<f4",
        b"|O",
    ),
)


class SlowError(Exception):
    """A reader took too long."""


# How inputs are damaged ----------------------------------------------------------------------


def flip_bits(data: bytearray, choose: random.Random) -> None:
    """Changes single bits."""
    for _ in range(choose.choice((1, 1, 2, 8))):
        if data:
            data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)


def truncate(data: bytearray, choose: random.Random) -> None:
    """Cuts the end off."""
    del data[choose.randrange(len(data) + 1) :]


def drop(data: bytearray, choose: random.Random) -> None:
    """Cuts a piece out."""
    begin = choose.randrange(len(data) + 1)
    del data[begin : begin + choose.choice((1, 2, 4, 8, 64))]


def repeat(data: bytearray, choose: random.Random) -> None:
    """Puts a piece in a second time, somewhere."""
    begin = choose.randrange(len(data) + 1)
    piece = data[begin : begin + choose.choice((1, 8, 64, 256))]
    place = choose.randrange(len(data) + 1)
    data[place:place] = piece * choose.choice((1, 1, 2, 50))


def set_number(data: bytearray, choose: random.Random) -> None:
    """Writes a number that sizes go wrong at, as binary."""
    size = choose.choice((1, 2, 4, 8))
    value = choose.choice(NUMBERS) % 2 ** (8 * size)
    begin = choose.randrange(len(data) + 1)
    data[begin : begin + size] = value.to_bytes(size, choose.choice(("little", "big")))


def set_token(data: bytearray, choose: random.Random) -> None:
    """Writes a word that texts go wrong at, in place of one or between two."""
    begin = choose.randrange(len(data) + 1)
    end = begin
    while end < len(data) and bytes(data[end : end + 1]).isalnum() and choose.random() < 0.95:
        end += 1
    data[begin:end] = choose.choice(TOKENS)


def set_digits(data: bytearray, choose: random.Random) -> None:
    """Writes another number in place of one that is there as text."""
    places = [i for i, byte in enumerate(data) if 48 <= byte <= 57]
    if places:
        begin = end = choose.choice(places)
        while begin > 0 and 48 <= data[begin - 1] <= 57:
            begin -= 1
        while end < len(data) and 48 <= data[end] <= 57:
            end += 1
        data[begin:end] = str(choose.choice(NUMBERS)).encode()


DAMAGES = (flip_bits, truncate, drop, repeat, set_number, set_token, set_digits)


def damaged(seeds: list[bytes], choose: random.Random) -> bytes:
    """One of the seeds, or two of them joined, damaged once or a few times."""
    data = bytearray(choose.choice(seeds))
    if len(seeds) > 1 and choose.random() < 0.1:
        other = choose.choice(seeds)
        data[choose.randrange(len(data) + 1) :] = other[choose.randrange(len(other) + 1) :]
    for _ in range(choose.choice((1, 1, 1, 2, 3, 6))):
        choose.choice(DAMAGES)(data, choose)
    return bytes(data)


# How readers are tried -----------------------------------------------------------------------


@contextmanager
def prepared(name: str) -> Iterator[tuple[Callable[[bytes], None], list[bytes], Path]]:
    """Yields a function that tries an input, the inputs to begin with, and the file it writes."""
    from fuzz_targets import TARGETS

    target = TARGETS[name]
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        target.make(Path(folder))
        file = Path(folder) / target.file
        seeds = [file.read_bytes()]
        seeds += [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]

        def attempt(data: bytes) -> None:
            file.write_bytes(data)
            target.repair(Path(folder))
            signal.alarm(HANG_SECONDS)
            begin = time.process_time()
            try:
                target.read(Path(folder))
            except target.allowed:
                pass
            finally:
                signal.alarm(0)
            if time.process_time() - begin > SLOW_SECONDS:
                raise SlowError(f"{time.process_time() - begin:.1f} s")

        yield attempt, seeds, file


def keep(name: str, data: bytes) -> None:
    """Puts an input that failed where a test finds it."""
    path = CORPUS / name / hashlib.sha256(data).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"{name}: kept {path}", flush=True)


def try_many(name: str, inputs: int, seed: int) -> int:
    """Tries damaged inputs and returns how many failed; a crash ends the process."""
    choose = random.Random(f"{name} {seed}")
    failures: Counter[str] = Counter()
    with prepared(name) as (attempt, seeds, _):
        begin = time.perf_counter()
        for _ in range(inputs):
            data = damaged(seeds, choose)
            try:
                attempt(data)
            except Exception as error:
                kind = type(error).__name__
                failures[kind] += 1
                if failures[kind] == 1:  # the others are likely to be the same mistake
                    traceback.print_exc(limit=-4)
                    keep(name, data)
        seconds = time.perf_counter() - begin
    rate = inputs / seconds
    print(f"{name}: {inputs} inputs in {seconds:.0f} s, {rate:.0f}/s, {failures.total()} failures")
    return failures.total()


def instrument() -> None:
    """Lets atheris see which lines of the readers, and of what they read with, an input reaches.

    Function by function, as its hook for imports fails for a package that is installed editable.
    """
    import atheris

    for value in gc.get_objects():
        # not isinstance, which asks proxies for a class and makes them complain
        if type(value) is FunctionType and str(value.__module__).startswith(GUIDING):
            atheris.instrument_func(value)


def try_guided(name: str, inputs: int, seed: int) -> int:
    """Lets atheris look for inputs that reach new code; a failure ends the process."""
    import atheris

    with prepared(name) as (attempt, seeds, file):
        found = file.parent / "found"
        found.mkdir()
        for number, data in enumerate(seeds):
            (found / str(number)).write_bytes(data)
        (CORPUS / name).mkdir(parents=True, exist_ok=True)
        limits = [f"-runs={inputs}", f"-seed={seed + 1}", "-max_len=20000", "-rss_limit_mb=0"]
        print(f"{name}: {inputs} inputs, guided", flush=True)

        def attempt_and_keep(data: bytes) -> None:
            try:
                attempt(data)
            except Exception:
                keep(name, data)
                raise

        arguments = [sys.argv[0], *limits, f"-artifact_prefix={CORPUS / name}/", str(found)]
        atheris.Setup(arguments, attempt_and_keep)
        atheris.Fuzz()
    return 0


def in_child(work: Callable[[], int], name: str) -> bool:
    """Whether ``work`` gives 0 in a process of its own; a crash is a failure too."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = int(work() > 0)
        except Exception:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        print(f"{name}: crashed with signal {os.WTERMSIG(status)}; the same --seed does it again")
    return status == 0


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--targets", help="names of fuzz_targets.TARGETS; default all")
    parser.add_argument("--inputs", type=int, default=1000, help="of each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guided", action="store_true", help="coverage-guided, by atheris")
    options = parser.parse_args()
    from fuzz_targets import TARGETS

    logging.disable(logging.WARNING)  # readers tell of coloured pixels, for example
    names = options.targets.split(",") if options.targets else list(TARGETS)
    attempts = try_guided if options.guided else try_many
    if options.guided:
        instrument()
    results = [in_child(partial(attempts, n, options.inputs, options.seed), n) for n in names]
    return not all(results)


if __name__ == "__main__":
    sys.exit(main())
