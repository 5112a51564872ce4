"""Settings for every test: no display, and hypothesis that behaves the same on a busy machine."""

import os
import signal

os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


# A shell has what it runs in the background ignore Ctrl-C, and so would all that tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=["portable", "avx2", "avx512"])
def registers(request):
    """Kernels use registers of one width; skips what this processor does not have."""
    from mlsearch import _core

    before = _core.registers()
    used = _core.use_registers(request.param)
    if used == request.param:
        yield used
    _core.use_registers(before)
    if used != request.param:
        pytest.skip(f"no {request.param} registers here")


@pytest.fixture
def one_thread():
    """Torch on one core: its sums come out the same every time, and other tests get their share."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A browser for the tests of a module."""
    browsers = pytest.importorskip("browser", reason="drives Chromium over POSIX pipes")
    executable = browsers.find_chromium()
    if executable is None:
        pytest.skip("no Chromium is installed")
    try:
        browser = browsers.Browser(executable, tmp_path_factory.mktemp("profile"))
    except browsers.BrowserError as error:
        pytest.skip(f"Chromium does not start here: {error}")
    yield browser
    browser.close()
