"""What holds for the project as a whole: its files, its pins, its light import."""

import ast
import importlib.metadata
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import mlsearch
from mlsearch import _core

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "mlsearch"


@pytest.fixture(scope="module")
def pyproject():
    tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11")
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pinned_versions() -> dict[str, str]:
    """Name to version, of the pins that hold for this interpreter."""
    pins = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        pin = Requirement(line) if line and not line.startswith("#") else None
        if pin and (pin.marker is None or pin.marker.evaluate()):
            [version] = pin.specifier
            assert version.operator == "==", line
            pins[canonicalize_name(pin.name)] = version.version
    return pins


def is_installed_as_pinned() -> bool:
    """Whether the installed packages are those of constraints.txt: other versions need others."""
    pins = pinned_versions()
    installed = {canonicalize_name(d.name): d.version for d in importlib.metadata.distributions()}
    return all(Version(installed[n]).public == pins[n] for n in installed.keys() & pins.keys())


as_pinned = pytest.mark.skipif(not is_installed_as_pinned(), reason="other versions are installed")


def unsafe_uses(source: str) -> list[str]:
    """Reads that would run code hidden in the file."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if "pickle" in alias.name]
        elif isinstance(node, ast.ImportFrom) and "pickle" in (node.module or ""):
            found.append(node.module)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "torch.load":
            found.append("torch.load")
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            found += ["allow_pickle"] if ast.unparse(node.value) != "False" else []
    return found


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from pickle import load", "torch.load(f)", "np.load(f, allow_pickle=True)"],
)
def test_unsafe_uses_are_recognised(source):
    assert unsafe_uses(source)


def test_no_file_is_read_by_running_it():
    found = {p: unsafe_uses(p.read_text(encoding="utf-8")) for p in PACKAGE.rglob("*.py")}
    assert {path: uses for path, uses in found.items() if uses} == {}


def test_no_product_of_a_build_is_in_the_tree():
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout == ""


def test_import_is_light():
    """A fresh interpreter, so that nothing another test has imported counts."""
    code = "import json, sys, mlsearch; print(json.dumps(list(sys.modules)))"
    command = [sys.executable, "-c", code]
    loaded = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert "mlsearch" in loaded
    assert not {"torch", "numba", "matplotlib", "scipy"} & set(loaded)


def test_version_is_the_one_of_the_installed_package():
    try:
        installed = importlib.metadata.version("mlsearch")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("mlsearch runs from its source folder, not installed")
    assert mlsearch.__version__ == installed


def test_one_version_everywhere(pyproject):
    version = pyproject["project"]["version"]
    assert mlsearch.__version__ == version
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    title = re.search(r'^title: "(.*)"$', citation, re.MULTILINE)[1]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    bibtex = re.search(r"```bibtex\n(.*?)```", readme, re.DOTALL)[1]
    assert f"  title = {{{title}}},\n" in bibtex
    assert f"  version = {{{version}}},\n" in bibtex
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_stub_names_what_the_extension_has():
    tree = ast.parse((PACKAGE / "_core.pyi").read_text(encoding="utf-8"))
    named = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    named |= {n.target.id for n in tree.body if isinstance(n, ast.AnnAssign)}
    named = {name for name in named if not name.startswith("_")}  # types of the stub's own
    assert named == {name for name in dir(_core) if not name.startswith("_")}


def test_every_dependency_is_pinned_at_a_version_it_allows(pyproject):
    pins = pinned_versions()
    lists = [pyproject["project"]["dependencies"], pyproject["build-system"]["requires"]]
    lists += pyproject["dependency-groups"].values()
    for requirement in map(Requirement, itertools.chain(*lists)):
        pin = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin), requirement


def needs_of(name: str) -> list[Requirement]:
    """What an installed package needs here, none if it is not installed."""
    try:
        needs = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    requirements = map(Requirement, needs)
    return [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]


@as_pinned
def test_what_the_pinned_packages_need_is_pinned_too():
    pins = pinned_versions()
    needed = {(pin, canonicalize_name(need.name)) for pin in pins for need in needs_of(pin)}
    assert needed
    assert not [(pin, need) for pin, need in needed if need not in pins]


@as_pinned
def test_every_package_of_an_installation_is_listed_with_its_licence(pyproject):
    named = set(re.findall(r"[a-z0-9-]+", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    extras = pyproject["project"]["optional-dependencies"].values()
    waiting = [*map(Requirement, itertools.chain(pyproject["project"]["dependencies"], *extras))]
    found = set()
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name not in found and not name.startswith(("nvidia-", "cuda-")):
            found.add(name)
            waiting += needs_of(name)
    assert len(found) > 20
    assert found - named == set()


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell script")
@pytest.mark.parametrize(
    ("python", "compiler", "missing"),
    [
        ("no-such-python", "c++", "'no-such-python' is not Python 3.10 or newer"),
        (sys.executable, "no-such-compiler", "'no-such-compiler' is not a C++20 compiler"),
    ],
)
def test_missing_prerequisite_is_named_with_the_way_to_get_it(python, compiler, missing):
    command = [ROOT / "tools" / "check_prerequisites.sh", python]
    environment = os.environ | {"CXX": compiler}
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert run.returncode == 1
    assert missing in run.stderr
    assert re.search(r"Debian, Ubuntu:\s+sudo apt-get install \S+", run.stderr)


def test_documents_name_no_folder_of_a_machine():
    places = re.compile(r"/tmp/|/home/|/root/|/Users/|/work/")
    kinds = {".md", ".json", ".html", ".csv", ".ipynb"}
    files = [*(ROOT / "docs").rglob("*"), *(ROOT / "examples").rglob("*"), ROOT / "README.md"]
    texts = [file for file in files if file.suffix in kinds and "explorers" not in file.parts]
    assert len(texts) > 40
    assert not [file for file in texts if places.search(file.read_text(encoding="utf-8"))]
