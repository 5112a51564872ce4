"""The switch for the width of registers, which the tests of the kernels go through."""

import os
import subprocess
import sys

import pytest

from mlsearch import _core

WIDTHS = ["portable", "avx2", "avx512"]


def test_kernels_use_none_that_are_wider(registers):
    assert _core.registers() == registers
    for width in WIDTHS:
        assert WIDTHS.index(_core.use_registers(width)) <= WIDTHS.index(width)


def test_unknown_ones_are_refused():
    with pytest.raises(ValueError, match="widest: expected 'portable', 'avx2' or 'avx512', got 'm"):
        _core.use_registers("mmx")


def with_variable(value: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from mlsearch import _core; print(_core.registers())"]
    environment = {**os.environ, "MLSEARCH_REGISTERS": value}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_a_variable_sets_them_beforehand():
    assert with_variable("portable").stdout == "portable\n"


def test_a_typo_in_the_variable_is_told():
    message = "ImportError: MLSEARCH_REGISTERS: expected 'portable', 'avx2' or 'avx512', got 'avx3'"
    assert message in with_variable("avx3").stderr
