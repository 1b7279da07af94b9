"""Which columns of a table a reader has hidden: kept with the session, chosen by a plain form."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

SESSION_KEY = "hidden_columns"
MOST = 20  # columns of a table; the stylesheet knows as many
_MOST_TABLES = 60


def hidden_columns(request: HttpRequest, table: str) -> frozenset[int]:
    """The places, counted from one, of the columns of `table` that this reader has hidden."""
    session = getattr(request, "session", None)
    kept = session.get(SESSION_KEY, {}) if session is not None else {}
    return frozenset(kept.get(table, ()))


def keep_columns(request: HttpRequest, asked: QueryDict) -> None:
    """Keep what the form says: of the columns in `of`, those not in `show` are hidden (`all`: none is)."""
    table = asked.get("table", "")[:40]
    offered, shown = _places(asked.getlist("of")), _places(asked.getlist("show"))
    hidden = [] if asked.get("all") else sorted(offered - shown)
    kept = dict(request.session.get(SESSION_KEY, {}))
    kept.pop(table, None)
    if hidden and len(kept) < _MOST_TABLES:
        kept[table] = hidden
    request.session[SESSION_KEY] = kept


def _places(given: list[str]) -> set[int]:
    return {int(text) for text in given if text.isascii() and text.isdecimal() and 1 < int(text[:3]) <= MOST}
