"""What is published: built from the tree and looked at; `make package` installs it as well."""

import importlib.util
import os
import site
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from mlsearch import _core

pytest.importorskip("tomllib", reason="the tools need Python 3.11")
pytest.importorskip("build", reason="needs the build tools")

ROOT = Path(__file__).parents[1]


def tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


package, lowest_versions = tool("package"), tool("lowest_versions")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    out = tmp_path_factory.mktemp("sdist")
    package.build(ROOT, out, "--sdist")
    [file] = out.iterdir()
    return file


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """From what the sdist holds, all but the compiled part, which takes most of the time."""
    out = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(out / "tree", filter="data")
    [tree] = (out / "tree").iterdir()
    package.build(tree, out, "--wheel", "--config-setting", "wheel.cmake=false")
    [file] = out.glob("*.whl")
    return file


def test_sdist_is_fit_to_publish(sdist):
    package.check_sdist(sdist)


def test_wheel_is_fit_to_publish(wheel):
    package.check_wheel(wheel, is_compiled=False)


def test_what_is_not_fit_is_refused(wheel, tmp_path):
    spoilt = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            if not name.endswith("py.typed"):
                new.writestr(name, old.read(name))
    with pytest.raises(SystemExit, match=r"lacks mlsearch/py\.typed"):
        package.check_wheel(spoilt, is_compiled=False)
    with pytest.raises(SystemExit, match="compiled parts"):
        package.check_wheel(wheel)


def test_wheel_works_away_from_the_tree(wheel, tmp_path):
    """With the compiled part of this environment; -S leaves out what makes the tree importable."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    compiled = Path(_core.__file__)
    (tmp_path / "site" / "mlsearch" / compiled.name).write_bytes(compiled.read_bytes())
    folders = [str(tmp_path / "site"), *site.getsitepackages()]
    code = f"import runpy, sys; sys.path += {folders}; "
    code += f"use = runpy.run_path({str(ROOT / 'tools' / 'smoke.py')!r})['use']; use(); "
    code += "import mlsearch; print(mlsearch.__file__)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "site" / "mlsearch" / "__init__.py")


def test_lowest_versions():
    pyproject = {
        "project": {
            "dependencies": ["one>=1.2", "two>=3"],
            "optional-dependencies": {"extra": ["two>=3.10"]},
        },
        "build-system": {"requires": ["three>=1"]},
        "dependency-groups": {"build": ["two>=3.9"], "test": ["four>=8"], "docs": ["five>=1"]},
    }
    lowest = lowest_versions.lowest_versions(pyproject)
    assert lowest == {"one": "1.2", "two": "3.10", "three": "1", "four": "8"}
    pyproject["project"]["dependencies"] = ["one<2"]
    with pytest.raises(ValueError, match="'one<2'"):
        lowest_versions.lowest_versions(pyproject)
