"""A declaration on paper: the window writes it, at the rates of finance."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import Paper
from fondaco.systems.finance import public as finance


def write_paper(scope: Scope, declaration_id: UUID, form: str, *, now: datetime) -> Paper:
    """A declaration that `scope` may see, in format `form`; NotFound or the format's own refusal."""
    return window.write_paper(scope, declaration_id, form, rates=finance.rate_source(), now=now)


def write_paper_by_lrn(lrn: str, form: str, *, now: datetime) -> bytes:
    """The same by local reference, for the house's own commands."""
    return window.write_paper_by_lrn(lrn, form, rates=finance.rate_source(), now=now)
