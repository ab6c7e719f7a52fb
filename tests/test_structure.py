"""The structure of the package: imports run one way, files are short, and few of them lie outside a room."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import gan_lightning

ROOT = Path(gan_lightning.__file__).parent
LONGEST = 260
LOOSE = 4


def module(path):
    """The name that the file at ``path`` is imported under."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module(path): path for path in sorted(ROOT.rglob("*.py"))}


def executed(node):
    """The nodes below ``node``, without those that only type checkers read."""
    guarded = isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
    for child in node.orelse if guarded else ast.iter_child_nodes(node):
        yield child
        yield from executed(child)


def imports(source):
    """The names of what ``source`` imports, within its functions, too; ``from a import b`` imports a and a.b."""
    names = set()
    for node in executed(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: the package imports by full names"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


GRAPH = {name: imports(path.read_text()) & FILES.keys() - {name} for name, path in FILES.items()}


def room(name):
    """The part of the package that a module is in: ``gan_lightning.data`` for ``gan_lightning.data.loader``."""
    return ".".join(name.split(".")[:2])


def circle(graph):
    """A circle in ``graph`` as text, empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " → ".join(reversed(error.args[1]))
    return ""


def test_imports_are_found_but_for_those_of_type_checkers():
    source = (
        "import a\n"
        "from b import c\n"
        "if TYPE_CHECKING:\n    from d import e\nelse:\n    import f\n"
        "def g():\n    from h.i import j\n"
    )
    assert imports(source) == {"a", "b", "b.c", "f", "h.i", "h.i.j"}
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == ""
    assert sorted(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}).split(" → ")[1:]) == ["a", "b", "c"]
    assert GRAPH["gan_lightning.__main__"]


def test_no_modules_import_each_other_in_a_circle():
    assert circle(GRAPH) == ""


def test_no_rooms_import_each_other_in_a_circle():
    rooms = {}
    for name, imported in GRAPH.items():
        rooms.setdefault(room(name), set()).update({room(other) for other in imported} - {room(name)})
    assert circle(rooms) == ""


@pytest.mark.parametrize("name", FILES)
def test_files_are_short(name):
    lines = len(FILES[name].read_text().splitlines())
    assert lines < LONGEST


def test_few_files_lie_outside_a_room():
    assert len(list(ROOT.glob("*.py"))) <= LOOSE
