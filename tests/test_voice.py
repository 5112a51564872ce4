"""Plain English: words and turns of phrase that readers stumble over stand nowhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INSTEAD = {
    r"\b(is|are|was|were) to be\b": "a verb that says who does it: should be, must be, can be",
    r"\bto be (told|seen|had|set|known)\b": "a verb that says who does it",
    r"\bone's own\b": "your own",
    r"\bmisspel\w*": "a typo",
    r"\blikewise\b": "the noun again",
    r"\btold apart\b": "who sees the difference: the status says whether",
    r"\bhence\b": "so",
    r"\bfor who (looks|wants|reads)\b": "for someone who",
    r"\bnot to be (compared|written|used)\b": "do not compare, must not be compared",
    r"\bwhilst\b|\bthereof\b|\bwherein\b|\bhitherto\b|\blest\b": "while, of it, in which, so far",
    r"\bbe it\b|\bdo with its own\b": "a sentence with a subject",
    r"\butili[sz]e\w*|\bleverag\w+|\bseamless\w*|\bblazing\w*": "use; how fast it is, in numbers",
}
"""By pattern: what to write instead."""

SUFFIXES = {".md", ".py", ".pyi", ".cpp", ".hpp", ".js", ".css", ".j2", ".toml", ".yml", ".sh", ""}
FOLDERS = ("python", "cpp", "docs", "bench", "tests", "examples", "tools")
FILES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "Makefile", "mkdocs.yml")


def texts() -> list[Path]:
    """Everything that people read, but for this file."""
    found = [ROOT / name for name in FILES]
    for folder in FOLDERS:
        paths = sorted((ROOT / folder).rglob("*"))
        found += [p for p in paths if p.is_file() and p.suffix in SUFFIXES]
    hidden = {"__pycache__", "build", "corpus"}
    return [p for p in found if p != Path(__file__) and not hidden & set(p.parts)]


@pytest.mark.parametrize("pattern", INSTEAD)
def test_words_we_do_not_use(pattern):
    paths = texts()
    assert len(paths) > 300
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE)
    ]
    assert not found, f"write {INSTEAD[pattern]}: {found}"


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("which is to be called", True),
        ("one's own maze", True),
        ("what should be called", False),
        ("it is told apart", True),
    ],
)
def test_the_patterns_find_what_they_are_for(text, is_refused):
    assert any(re.search(pattern, text) for pattern in INSTEAD) == is_refused
