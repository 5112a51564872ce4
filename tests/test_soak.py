"""The soak test's short form: some turns leave nothing open, and its report tells growth."""

import gc
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(sys.platform != "linux", reason="needs /proc"),
]
sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import soak  # noqa: E402


def test_turns_leave_nothing_open_and_nothing_on_the_disk(tmp_path):
    found = []
    for number in range(4):
        soak.work(number, tmp_path)
        gc.collect()
        found.append(soak.sample(0.0))
    assert found[3].files <= found[1].files
    assert found[3].threads <= found[1].threads
    assert [path.name for path in tmp_path.iterdir()] == ["mazes.npz"]


def samples(growth: float = 0.0, files: int = 0, threads: int = 0) -> list[soak.Sample]:
    """Of an hour, with growth in MiB and in numbers by its end."""
    shares = [i / 99 for i in range(100)]
    return [
        soak.Sample(
            3600 * share,
            100 + growth * share + i % 2,
            90.0,
            10.0,
            5 + round(files * share),
            2 + round(threads * share),
        )
        for i, share in enumerate(shares)
    ]


@pytest.mark.parametrize(
    ("grown", "is_well"),
    [
        ({}, True),
        ({"growth": -50}, True),
        ({"growth": 50}, False),
        ({"files": 1}, False),
        ({"threads": 1}, False),
    ],
)
def test_growth_is_told(grown, is_well):
    growth, _ = soak.slope(samples(**grown))
    assert growth == pytest.approx(grown.get("growth", 0), abs=0.1)
    assert soak.report(samples(**grown), allowed=1.0) is is_well
