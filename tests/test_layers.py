"""Dependencies between the parts point one way; nothing flows back."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "mlsearch"

LAYERS = [
    "base",
    "domains",
    "data",
    "search",
    "config",
    "models",
    "runs",
    "learning",
    "metrics",
    "evaluation",
    "plots",
    "report",
    "gym",
    "scales",
    "reproduction",
    "comparison",
    "sweep",
    "spread_beam",
    "cli",
    "__main__",
]
"""The parts of the package. Each may import only itself and what stands above it here."""

APART = {"plots": {"learning", "metrics"}, "report": {"learning"}, "gym": {"config", "learning"}}
"""What a part leaves alone although it stands above: plots and reports see results only."""

FREE_OF_TORCH = ["base", "domains", "data", "search", "config", "gym", "scales", "cli"]


def part_of(path: Path) -> str:
    """The part of the package a file belongs to: its module or its subpackage."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def absolute_names(node: ast.AST, path: Path) -> list[str]:
    """Everything that an import statement may name, dotted: `a.b` and `a.b.c` for one from."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    package = ["mlsearch", *path.parent.relative_to(PACKAGE).parts]
    base = package[: len(package) - node.level + 1] if node.level else []
    base += node.module.split(".") if node.module else []
    return [".".join([*base, alias.name]) for alias in node.names]


def imported_parts(path: Path) -> set[str]:
    """Parts of mlsearch that a file imports anywhere, inside functions too."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    names = [name.split(".") for node in nodes for name in absolute_names(node, path)]
    return {name[1] for name in names if name[0] == "mlsearch" and len(name) > 1}


def modules() -> dict[str, Path]:
    """Every file of the package by its dotted name; a folder's own is that of its __init__."""
    return {
        ".".join(["mlsearch", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(
            ".__init__"
        ): path
        for path in PACKAGE.rglob("*.py")
        if path.parent != PACKAGE or path.stem != "__init__"
    }


def imported_modules(path: Path) -> set[str]:
    """Modules of mlsearch that a file imports when it is imported, itself left out."""
    known = modules()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {n for node in runs_on_import(tree) for n in absolute_names(node, path)}
    found = {name if name in known else name.rpartition(".")[0] for name in names}
    return {name for name in found if name in known and known[name] != path}


def runs_on_import(node: ast.AST) -> list[ast.AST]:
    """The statements below `node` that run when the module is imported."""
    lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    if lazy or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
        return []
    return [node, *(found for n in ast.iter_child_nodes(node) for found in runs_on_import(n))]


def imports() -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        graph.setdefault(part_of(path), set()).update(imported_parts(path) - {part_of(path)})
    return graph


def test_the_parser_of_imports_sees_every_form(tmp_path):
    path = PACKAGE / "models" / "bronet.py"
    source = "import torch.nn\nfrom .. import mazes\nfrom ..pairs import x\nfrom .y import z\n"
    names = [name for node in ast.parse(source).body for name in absolute_names(node, path)]
    assert names == ["torch.nn", "mlsearch.mazes", "mlsearch.pairs.x", "mlsearch.models.y.z"]


@pytest.mark.parametrize("part", LAYERS)
def test_part_imports_only_what_stands_above_it(part):
    allowed = set(LAYERS[: LAYERS.index(part)]) - APART.get(part, set())
    assert imports()[part] - allowed - {"_core", "__version__"} == set()


def test_no_part_imports_the_package_that_shows_it():
    """The names of __init__ are for users; parts import each other's modules."""
    parts = {path.stem for path in PACKAGE.iterdir()}
    for part, imported in imports().items():
        if part not in {"__init__", "__main__", "cli"}:
            assert imported <= parts | {"__version__"}, part


def test_every_part_has_a_place():
    assert imports().keys() - {"__init__"} == set(LAYERS)


def test_modules_of_a_part_have_an_order_too():
    graph = {module: imported_modules(path) for module, path in modules().items()}
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError
    assert set(graph) <= set(order)


@pytest.mark.parametrize("part", FREE_OF_TORCH)
def test_torch_is_not_imported_where_it_is_not_always_needed(part):
    for path in PACKAGE.rglob("*.py"):
        if part_of(path) == part:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names = [n for node in runs_on_import(tree) for n in absolute_names(node, path)]
            assert not [name for name in names if name.split(".")[0] == "torch"], path


def test_cpp_core_knows_no_python():
    sources = [path for path in ROOT.glob("cpp/**/*.?pp") if path.parent.name != "bindings"]
    assert sources
    for path in sources:
        included = re.findall(r'#\s*include\s*[<"]([^>"]+)', path.read_text(encoding="utf-8"))
        assert not [name for name in included if re.search("pybind|python|torch", name.lower())]
