"""Damaged files are refused as documented; see tools/fuzz.py for the long form."""

import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TOOLS = Path(__file__).parents[1] / "tools"
sys.path.insert(0, str(TOOLS))

import fuzz  # noqa: E402
from fuzz_targets import TARGETS  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs SIGALRM"),
]
each_target = pytest.mark.parametrize("name", TARGETS)


@pytest.fixture(scope="module")
def prepared():
    """`fuzz.prepared` of each target, made once."""
    opened = {}

    def get(name):
        if name not in opened:
            context = fuzz.prepared(name)
            opened[name] = context, context.__enter__()
        return opened[name][1]

    yield get
    for context, _ in opened.values():
        context.__exit__(None, None, None)


@each_target
def test_what_the_seeds_are_made_of_can_be_read(name, tmp_path):
    target = TARGETS[name]
    target.make(tmp_path)
    target.repair(tmp_path)
    target.read(tmp_path)


@each_target
def test_inputs_that_failed_once_do_so_no_more(name, prepared):
    attempt, _, _ = prepared(name)
    for path in sorted((fuzz.CORPUS / name).glob("*")):
        attempt(path.read_bytes())


@each_target
def test_damaged_inputs(name, prepared):
    attempt, seeds, _ = prepared(name)
    choose = random.Random(name)
    for _ in range(150):
        attempt(fuzz.damaged(seeds, choose))


@each_target
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_bytes_of_any_kind(name, prepared, data):
    attempt, _, _ = prepared(name)
    attempt(data)


@each_target
def test_truncated_inputs(name, prepared):
    attempt, seeds, _ = prepared(name)
    for end in range(0, len(seeds[0]), 1 + len(seeds[0]) // 40):
        attempt(seeds[0][:end])


@each_target
def test_no_pickle_is_loaded(name, tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("a pickle was loaded")

    target = TARGETS[name]
    target.make(tmp_path)
    target.repair(tmp_path)
    for part in ("load", "loads", "Unpickler", "_Unpickler", "_load", "_loads"):
        monkeypatch.setattr(pickle, part, refuse)
    target.read(tmp_path)


@pytest.mark.parametrize("guided", [[], ["--guided"]])
def test_the_long_form(guided):
    if guided:
        pytest.importorskip("atheris", reason="which is not made for every Python and system")
    options = ["--targets=scalars,tensors", "--inputs=300", *guided]
    command = [sys.executable, TOOLS / "fuzz.py", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("300 inputs") == 2
    assert "no interesting inputs" not in done.stderr
    assert done.stderr.count("Done 300 runs") == 2 * len(guided)


def test_the_guided_form_finds_what_a_reader_should_not_raise(tmp_path, monkeypatch):
    pytest.importorskip("atheris", reason="which is not made for every Python and system")

    def read(folder):
        if b"step" not in (folder / "scalars.csv").read_bytes():
            raise KeyError("step")

    monkeypatch.setattr(fuzz, "CORPUS", tmp_path)
    monkeypatch.setitem(TARGETS, "scalars", TARGETS["scalars"]._replace(read=read))
    assert not fuzz.in_child(lambda: fuzz.try_guided("scalars", 10_000, 0), "scalars")
    [kept] = (tmp_path / "scalars").iterdir()
    assert b"step" not in kept.read_bytes()


def test_the_fuzzer_damages_in_the_same_way_again():
    seeds = [bytes(range(100)), b'{"size": 12}']
    first, second = ([fuzz.damaged(seeds, random.Random(i)) for i in range(200)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 150
