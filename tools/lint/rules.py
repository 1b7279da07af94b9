"""The rules. Each takes a file and the whole tree, and gives its findings."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from tools.lint.source import Finding, Source, Tree, is_room, name_of, room_of

Rule = Callable[[Source, Tree], Iterator[Finding]]

_RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}
_MAY_BE_REFERENCED = {"parties": "", "kernel": "ReferenceSet"}
_MANAGERS = {"objects", "_default_manager", "_base_manager"}
_DOORS = {"of", "house", "create", "bulk_create"}
_CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now", "datetime.datetime.utcnow",
    "date.today", "datetime.date.today", "timezone.now", "django.utils.timezone.now", "time.time",
}  # fmt: skip
_NOT_IN_DOMAIN = ("django", "psycopg", "procrastinate", "ninja", "allauth")
_LEFTOVERS = ("TO" + "DO", "FIX" + "ME", "raise NotImplemented" + "Error")


def foreign_key(source: Source, _: Tree) -> Iterator[Finding]:
    """A foreign key leaves its room only for parties or reference data, and leaves no trace there."""
    if source.is_migration or source.is_test or not source.room:
        return
    for call in source.nodes(ast.Call):
        if name_of(call.func).split(".")[-1] not in _RELATIONS or not (target := _target(call)):
            continue
        app, model = _app_of(source, target)
        if app == source.room.split(".")[-1]:
            continue
        if app not in _MAY_BE_REFERENCED or _MAY_BE_REFERENCED[app] not in ("", model):
            yield from source.finding(
                call, "foreign-key", f"{target}: keep an id and a snapshot of another room's row"
            )
        elif _keyword(call, "related_name") != "+":
            yield from source.finding(
                call, "foreign-key", f"{target}: a key across rooms needs related_name='+'"
            )


def tenant_scope(source: Source, tree: Tree) -> Iterator[Finding]:
    """Rows of an owned model are read through `.objects.of(scope)` or `.objects.house()`."""
    if source.is_test or source.is_migration or source.parts[0] != "src":
        return
    allowed = {id(node.value) for node in source.nodes(ast.Attribute) if node.attr in _DOORS}
    for node in source.nodes(ast.Attribute):
        if node.attr not in _MANAGERS:
            continue
        name = name_of(node.value).split(".")[-1]
        if id(node) not in allowed and name and tree.owned_name(source, name):
            yield from source.finding(
                node, "tenant-scope", f"{name}.{node.attr}: ask through .of(scope) or .house()"
            )


def domain_django(source: Source, _: Tree) -> Iterator[Finding]:
    """Domain code knows no Django, no database and no tables."""
    if not source.is_domain or source.is_test:
        return
    for node, dotted in source.imported():
        is_table = dotted.startswith("fondaco.") and "models" in dotted.split(".")
        if dotted.split(".")[0] in _NOT_IN_DOMAIN or is_table:
            yield from source.finding(node, "domain-django", f"domain code imports {dotted}")


def signals(source: Source, _: Tree) -> Iterator[Finding]:
    """No signals: a room tells others through the outbox."""
    if source.is_test:
        return
    for node, dotted in source.imported():
        if dotted.startswith("django.dispatch") or "signals" in dotted.split("."):
            yield from source.finding(node, "signals", f"{dotted}: append an event to the outbox instead")
    for owner in source.nodes(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
        for decorator in getattr(owner, "decorator_list", []):
            head = decorator.func if isinstance(decorator, ast.Call) else decorator
            if name_of(head).split(".")[-1] == "receiver":
                yield from source.finding(
                    decorator, "signals", "@receiver: append an event to the outbox instead"
                )


def clock(source: Source, _: Tree) -> Iterator[Finding]:
    """The time is passed in; only kernel/clock.py reads it."""
    if (
        source.is_test
        or source.is_migration
        or source.path.endswith("kernel/clock.py")
        or source.parts[0] != "src"
    ):
        return
    for node in source.nodes(ast.Attribute):
        if read := _clock_read(source, node):
            yield from source.finding(
                node, "clock", f"{read}: take `now` as an argument, or ask kernel.clock"
            )


def room_import(source: Source, _: Tree) -> Iterator[Finding]:
    """A room imports the kernel and itself; other rooms are the flows' business."""
    if not is_room(source.room):
        return
    for node, dotted in source.imported():
        other = room_of(dotted)
        is_up = other in ("parties", "flows") or other.split(".")[0] == "delivery"
        if is_room(other) and other != source.room:
            yield from source.finding(
                node, "room-import", f"{source.room} imports {other}: only flows combine rooms"
            )
        elif is_up and not source.is_test:
            yield from source.finding(
                node, "room-import", f"{source.room} imports {other}: never sideways or up"
            )


def leftover(source: Source, _: Tree) -> Iterator[Finding]:
    """What is not finished is not committed."""
    for number, line in enumerate(source.text.splitlines(), 1):
        for word in _LEFTOVERS:
            if word in line:
                yield from source.finding(number, "leftover", f"{word} left in the code")


def _target(call: ast.Call) -> str:
    """What a relation points to: the text of a string or a dotted name."""
    given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "to"), None)
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return given.value
    return name_of(given) if given is not None else ""


def _app_of(source: Source, target: str) -> tuple[str, str]:
    """The application label and class that a relation's target names."""
    own = source.room.split(".")[-1]
    if target.endswith("AUTH_USER_MODEL"):
        return "parties", "User"
    if origin := source.imports.get(target.split(".", maxsplit=1)[0]):
        room = room_of(origin)
        return (room.split(".")[-1] or origin.split(".")[0]), target.rsplit(".", maxsplit=1)[-1]
    app, _, model = target.rpartition(".")
    return app or own, model


def _keyword(call: ast.Call, name: str) -> str | None:
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return None


def _clock_read(source: Source, node: ast.Attribute) -> str:
    """The clock that an attribute reads, resolved through the file's imports; "" if it is none."""
    written = name_of(node)
    head, _, rest = written.partition(".")
    origin = source.imports.get(head, "")
    if not origin or not rest:
        return ""
    resolved = f"{origin}.{rest}"
    return written if resolved in _CLOCKS or resolved.removeprefix("datetime.") in _CLOCKS else ""


RULES: tuple[Rule, ...] = (foreign_key, tenant_scope, domain_django, signals, clock, room_import, leftover)
