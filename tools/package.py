"""Builds the source distribution and the wheel into dist/, and shows that both are fit to publish.

    python tools/package.py

Both are checked for what they must and must not hold. The wheel is then installed in a new
environment outside the source tree and used there (tools/smoke.py); and so is the source
distribution, built with no network, from downloaded build requirements alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

import tomllib
from packaging.metadata import Metadata

ROOT = Path(__file__).parents[1]
SHIPPED = tuple(
    f"mlsearch/shipped/{config.parent.name}/{file}"
    for config in sorted(ROOT.glob("python/mlsearch/shipped/*/config.json"))
    for file in ("config.json", "model.safetensors", "scores.json", "scalars.csv")
)
IN_SDIST = (
    "CMakeLists.txt",
    "LICENSE",
    "Makefile",
    "README.md",
    "constraints.txt",
    "cpp/search/search.hpp",
    "pyproject.toml",
    *(f"python/{name}" for name in SHIPPED),
    "tests/conftest.py",
    "tools/check_prerequisites.sh",
)
IN_WHEEL = (
    "mlsearch/__init__.py",
    "mlsearch/_core.pyi",
    "mlsearch/py.typed",
    "mlsearch/report/page.html.j2",
    *SHIPPED,
)
JUNK = (
    "__pycache__",
    ".pyc",
    ".venv",
    ".git/",
    ".hypothesis",
    "/build/",
    "/dist/",
    "/training_state/",
)
LARGEST = 15_000_000  # bytes
OFFLINE = {
    "PIP_NO_INDEX": "1",
    "HTTP_PROXY": "http://127.0.0.1:9",  # where nobody listens
    "HTTPS_PROXY": "http://127.0.0.1:9",
}


def build(source: Path, out: Path, *options: str) -> None:
    """Builds with this environment's tools; without options the sdist, and the wheel from it."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, *options, source]
    subprocess.run(command, check=True)


def check(is_so: bool, file: Path, what: str) -> None:
    """Ends the script if a file is not fit to publish."""
    if not is_so:
        raise SystemExit(f"{file.name}: {what}")


def check_names(file: Path, names: list[str], needed: tuple[str, ...]) -> None:
    """All that is needed is there, and nothing that builds and runs leave behind."""
    missing = sorted(set(needed) - set(names))
    check(not missing, file, f"lacks {', '.join(missing)}")
    junk = [name for name in names if any(part in f"/{name}" for part in JUNK)]
    check(not junk, file, f"holds {', '.join(junk)}")
    check(file.stat().st_size < LARGEST, file, f"expected less than {LARGEST} bytes")


def check_metadata(file: Path, text: bytes) -> None:
    """The metadata is valid, with the readme as it is, the licence and the Python versions."""
    metadata = Metadata.from_email(text)  # raises for anything that an index would refuse
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    check(metadata.description == readme, file, "the description is not README.md")
    check(metadata.description_content_type == "text/markdown", file, "README.md is not Markdown")
    check(metadata.license_expression == "MIT", file, "expected the MIT licence")
    check(metadata.license_files == ["LICENSE"], file, "expected the licence's text")
    check(str(metadata.requires_python) == ">=3.10", file, f"Python {metadata.requires_python}")


def check_sdist(file: Path) -> None:
    """The source distribution holds all that a build needs."""
    with tarfile.open(file) as archive:
        top = file.name.removesuffix(".tar.gz")
        names = [name.removeprefix(f"{top}/") for name in archive.getnames()]
        check_names(file, names, IN_SDIST)
        check_metadata(file, archive.extractfile(f"{top}/PKG-INFO").read())


def check_wheel(file: Path, is_compiled: bool = True) -> None:
    """The wheel holds the package, and of the rest of the tree nothing."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        info = "-".join(file.name.split("-")[:2]) + ".dist-info"
        check_names(file, names, (*IN_WHEEL, f"{info}/licenses/LICENSE"))
        others = [name for name in names if name.split("/")[0] not in ("mlsearch", info)]
        check(not others, file, f"holds {', '.join(others)}")
        compiled = [name for name in names if name.endswith((".so", ".pyd"))]
        check(len(compiled) == is_compiled, file, f"compiled parts: {compiled}")
        check_metadata(file, archive.read(f"{info}/METADATA"))


def build_requirements() -> list[str]:
    """What a build in isolation asks for; cmake and ninja where the system has none."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [*pyproject["build-system"]["requires"], "cmake", "ninja"]


def try_out(wheel: Path, sdist: Path, folder: Path) -> None:
    """Installs each in a new environment in ``folder``, and uses it there."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"

    def run(*arguments: str | Path, **environment: str) -> None:
        print("$ python", *arguments, flush=True)
        settings = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"} | environment
        subprocess.run([python, *arguments], check=True, cwd=folder, env=settings)

    pip, pinned = ("-I", "-m", "pip"), ("--quiet", "--constraint", ROOT / "constraints.txt")
    smoke = shutil.copy(ROOT / "tools" / "smoke.py", folder)
    run(*pip, "install", *pinned, wheel)
    run("-I", smoke)
    run(*pip, "download", *pinned, "--dest", "wheels", *build_requirements())
    run(*pip, "uninstall", "--yes", "--quiet", "mlsearch")
    run(*pip, "install", "--no-deps", "--find-links", "wheels", sdist, **OFFLINE)
    run("-I", smoke)


def main() -> None:
    """Everything, in the order of the sentences above."""
    out = ROOT / "dist"
    shutil.rmtree(out, ignore_errors=True)
    build(ROOT, out)
    [sdist], [wheel] = out.glob("*.tar.gz"), out.glob("*.whl")
    check_sdist(sdist)
    check_wheel(wheel)
    with tempfile.TemporaryDirectory() as folder:
        try_out(wheel, sdist, Path(folder))
    print(f"fit to publish: {sdist.name}, {wheel.name}")


if __name__ == "__main__":
    main()
