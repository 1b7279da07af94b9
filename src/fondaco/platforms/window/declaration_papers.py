"""A declaration as a paper in the format its receiver reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.declaration_edifact import cusdec_bytes, declared_by_lrn, declared_of
from fondaco.platforms.window.domain.declared import Declared


class UnknownPaper(NotFound):
    code = "paper-unknown"
    title = "A declaration is not written in this format."
    remedy = "Choose one of the formats on the declaration's page."


@dataclass(frozen=True, slots=True)
class Paper:
    """A declaration written down: its bytes, their media type and a file name."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PaperFormat:
    """A format: the ending and media type of its files, and how it is written."""

    ending: str
    media_type: str
    write: Callable[[Declared, datetime], bytes]


def _cusdec(one: Declared, now: datetime) -> bytes:
    return cusdec_bytes([one], now=now)


PAPERS: Mapping[str, PaperFormat] = {
    "cusdec": PaperFormat("edi", "application/EDIFACT", _cusdec),
}


def write_paper(scope: Scope, declaration_id: UUID, form: str, *, now: datetime) -> Paper:
    """A declaration that `scope` may see, in format `form`.

    NotFound, UnknownPaper, or the format's own refusal with the path of the first field at fault.
    """
    known = _format(form)
    (one,) = declared_of(scope, [declaration_id], now=now)
    return Paper(f"{one.lrn}.{known.ending}", known.media_type, known.write(one, now))


def write_paper_by_lrn(lrn: str, form: str, *, now: datetime) -> bytes:
    """As `write_paper`, of the declaration with the local reference `lrn`: for the house's own commands."""
    return _format(form).write(declared_by_lrn(lrn, now=now), now)


def _format(form: str) -> PaperFormat:
    if form not in PAPERS:
        raise UnknownPaper(field="format", value=form)
    return PAPERS[form]
