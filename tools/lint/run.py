"""Check a tree: rules, sizes, waivers, budget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tools.lint.rules import RULES
from tools.lint.size import budget, size
from tools.lint.source import Finding, Source, Tree, parsed

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "tools", "bench", "tests")
_KNOWN = {
    "foreign-key",
    "tenant-scope",
    "domain-django",
    "signals",
    "clock",
    "room-import",
    "leftover",
    "size",
}


def read_tree(root: Path = ROOT) -> Tree:
    """All Python files of the repository."""
    files = sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py"))
    return parsed((path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in files)


def check(tree: Tree) -> list[Finding]:
    """Every finding, in order of place."""
    return sorted(finding for source in tree.sources for finding in _check_file(source, tree))


def _check_file(source: Source, tree: Tree) -> Iterator[Finding]:
    for rule in (*RULES, size):
        yield from rule(source, tree)
    yield from _check_waivers(source)


def _check_waivers(source: Source) -> Iterator[Finding]:
    """A waiver names a rule that is broken there, and says why."""
    for line, (rule, reason) in source.waivers.items():
        if rule not in _KNOWN:
            yield Finding(source.path, line, "lint-skip", f"there is no rule '{rule}'")
        elif not reason:
            yield Finding(source.path, line, "lint-skip", "say why")
        elif line not in source.used:
            yield Finding(
                source.path, line, "lint-skip", f"'{rule}' is not broken here: take the comment away"
            )


def main() -> int:
    """Check the repository; print what is found; 1 if anything is."""
    tree = read_tree()
    findings, lengths = check(tree), budget(tree)
    for finding in findings:
        print(finding)
    print(f"{len(tree.sources)} files, {len(findings)} findings; {lengths}")
    return 1 if findings or not lengths.is_kept else 0
