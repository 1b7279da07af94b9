"""A declaration as a paper in the format its receiver reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.adapters.modes import mode_book
from fondaco.platforms.window.adapters.postal import form_limits
from fondaco.platforms.window.declaration_edifact import (
    cusdec_bytes,
    declared_by_lrn,
    declared_of,
    read_cusdec,
)
from fondaco.platforms.window.domain.declaration_rules import check_draft
from fondaco.platforms.window.domain.declared import Declared, draft_of
from fondaco.platforms.window.domain.messages.edifact import book, itmatt
from fondaco.platforms.window.domain.messages.edifact.engine import Envelope
from fondaco.platforms.window.domain.messages.edifact.itmatt import choose_form, item_of
from fondaco.platforms.window.domain.messages.gacc.spec import Fault
from fondaco.platforms.window.domain.messages.h7 import IOSS_FORM, check_h7, h7_of, read_h7, render_h7
from fondaco.platforms.window.domain.messages.sheet import read_sheet, write_csv, write_xlsx
from fondaco.platforms.window.domain.modes import Rates
from fondaco.platforms.window.tariff_load import OWN
from fondaco.platforms.window.tariff_rows import table_rows
from fondaco.platforms.window.us_entries import write_us_entry


class UnknownPaper(NotFound):
    code = "paper-unknown"
    title = "A declaration is not written in this format."
    remedy = "Choose one of the formats on the declaration's page."


class NoH7(Conflict):
    code = "h7-not-here"
    title = "This office takes no H7 for these goods that day."
    remedy = "Declare them in the mode that the order fits; see the supervision modes."


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
    write: Callable[[Declared, Rates, datetime], bytes]


def _cusdec(one: Declared, _rates: Rates, now: datetime) -> bytes:
    return cusdec_bytes([one], now=now)


def _csv(one: Declared, _rates: Rates, _now: datetime) -> bytes:
    return write_csv(one)


def _xlsx(one: Declared, _rates: Rates, _now: datetime) -> bytes:
    return write_xlsx(one)


def _h7(one: Declared, rates: Rates, _now: datetime) -> bytes:
    """H7 with the additional procedures of the mode in force that day, IOSS where the exporter has a number."""
    on, ioss = one.issued_at.date(), ioss_of(one)
    scheme = "IOSS" if ioss else ""
    modes = [mode for mode in mode_book().of(one.country, "import", on) if mode.regime == "H7"]
    fitting = next((mode for mode in modes if mode.when.scheme == scheme and mode.when.b2c), None)
    if fitting is None:
        raise NoH7(field="country", value=one.country)
    euro = Decimal(1) if one.currency == "EUR" else rates(one.currency, "EUR", on)
    return render_h7(h7_of(one, additional=fitting.additional, ioss=ioss), euro=euro)


def _itmatt(one: Declared, rates: Rates, now: datetime) -> bytes:
    """The parcel as posts tell each other of it, under CN 22 or CN 23 as its value and mass want."""
    value = Money(one.goods_minor, one.currency)
    dispatch = one.exporter.country
    choice = choose_form(
        value, one.gross_g, dispatch=dispatch, on=one.issued_at.date(), limits=form_limits(), rates=rates
    )
    item = item_of(one, form=choice.form, ioss=ioss_of(one))
    envelope = Envelope(f"POST-{dispatch}", f"POST-{one.importer.country}", one.lrn[:14], now)
    return book.render("ITMATT", [itmatt.facts_of([item], number=one.lrn, at=now)], envelope=envelope)


def _us_entry(one: Declared, _rates: Rates, _now: datetime) -> bytes:
    return write_us_entry(one)


def ioss_of(one: Declared) -> str:
    """The exporter's IOSS number, where that is what it is known by."""
    return one.exporter.identifier if IOSS_FORM.fullmatch(one.exporter.identifier) else ""


PAPERS: Mapping[str, PaperFormat] = {
    "cusdec": PaperFormat("edi", "application/EDIFACT", _cusdec),
    "h7": PaperFormat("json", "application/json", _h7),
    "itmatt": PaperFormat("itmatt.edi", "application/EDIFACT", _itmatt),
    "us-entry": PaperFormat("us-entry.json", "application/json", _us_entry),
    "csv": PaperFormat("csv", "text/csv; charset=utf-8", _csv),
    "xlsx": PaperFormat("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
}


@cache
def unverified_papers() -> Mapping[str, str]:
    """The formats whose layout was not read at its source, with what is unsure (`data/window/paper_forms.csv`)."""
    rows = table_rows(OWN / "paper_forms.csv", "form", "confidence", "basis")
    return {row["form"]: row["basis"] for row in rows if row["confidence"] != "A"}


def write_paper(scope: Scope, declaration_id: UUID, form: str, *, rates: Rates, now: datetime) -> Paper:
    """A declaration that `scope` may see, in format `form`; `rates` turn its currency into that of a limit.

    NotFound, UnknownPaper, or the format's own refusal with the path of the first field at fault.
    """
    known = _format(form)
    (one,) = declared_of(scope, [declaration_id], now=now)
    return Paper(f"{one.lrn}.{known.ending}", known.media_type, known.write(one, rates, now))


def write_paper_by_lrn(lrn: str, form: str, *, rates: Rates, now: datetime) -> bytes:
    """As `write_paper`, of the declaration with the local reference `lrn`: for the house's own commands."""
    return _format(form).write(declared_by_lrn(lrn, now=now), rates, now)


def read_paper(raw: bytes) -> tuple[Declared, list[dict[str, Any]]]:
    """The declaration in a CSV or XLSX table or a CUSDEC, and which rules of declarations it breaks.

    SheetUnreadable, SheetRefused, EdiUnreadable or EdifactRefused where it cannot be read.
    """
    one = read_cusdec(raw)[0] if raw[:3] in {b"UNA", b"UNB"} else read_sheet(raw)
    nobody = UUID(int=0)
    draft = draft_of(one, order_id=nobody, seller_id=nobody, buyer_id=nobody, authority_id=nobody)
    return one, check_draft(draft)


def faults_of_h7(raw: bytes, *, euro: Decimal) -> list[Fault]:
    """Everything for which a data set H7 (JSON) would be refused; `euro` is one unit of its currency in EUR.

    H7Unreadable where it cannot be read.
    """
    return list(check_h7(read_h7(raw), euro=euro))


def _format(form: str) -> PaperFormat:
    if form not in PAPERS:
        raise UnknownPaper(field="format", value=form)
    return PAPERS[form]
