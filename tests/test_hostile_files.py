"""Whatever a file holds, every importer refuses it by name and changes nothing: no row anywhere, no file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from psycopg import sql

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.orders import public as orders
from fondaco.flows.intake import take_in_batch
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import exchange
from fondaco.systems.logistics import public as logistics
from fondaco.systems.risk import public as risk
from tests.hostile import files

pytestmark = [pytest.mark.django_db, pytest.mark.slow(6)]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SELLER = Scope(new_id(), Kind.SELLER, role=Role.OWNER, user_id=new_id(), actor="test")
FILES = files()


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a file is put down: as a path, beside a folder to write to and one of lists."""

    folder: Path

    def path(self, raw: bytes, name: str = "in.csv") -> Path:
        place = self.folder / name
        place.write_bytes(raw)
        return place

    @property
    def out(self) -> Path:
        return self.folder / "out.csv"


Importer = Callable[[bytes, Desk], Any]
IMPORTERS: dict[str, Importer] = {
    "orders": lambda raw, desk: orders.read_orders(desk.path(raw), mapping=orders.ONLINE_RETAIL, now=NOW),
    "price book": lambda raw, desk: logistics.import_price_book(desk.path(raw), actor="test", now=NOW),
    "timetable": lambda raw, desk: logistics.import_timetable(desk.path(raw), actor="test", now=NOW),
    "items to pack": lambda raw, desk: logistics.pack_files(desk.path(raw), boxes=desk.path(raw), out=desk.out),
    "sea pairs": lambda raw, desk: logistics.sea_distances(desk.path(raw), out=desk.out),
    "carrier statuses": lambda raw, _: logistics.record_edi_statuses(raw, actor="test", now=NOW),
    "settlement file": lambda raw, _: finance.take_provider_file(raw, provider_id=new_id(), reference="f", now=NOW),
    "bank statement": lambda raw, _: finance.take_bank_statement(raw, now=NOW),
    "authority's exchange file": lambda raw, _: exchange.check_file(raw),
    "second rates": lambda raw, _: exchange.take_rates(raw, now=NOW),
    "tariff": lambda raw, desk: window.load_edition(desk.path(raw), year=2026, now=NOW, actor="test"),
    "tariff workbook": lambda raw, desk: window.load_edition(
        desk.path(raw, "Duties Import 01-99.xlsx"), year=2026, now=NOW, actor="test"
    ),
    "tariff in JSON": lambda raw, desk: window.load_edition(
        desk.path(raw, "hts.json"), year=2026, now=NOW, actor="test"
    ),
    "quotas": lambda raw, desk: window.load_quotas(desk.path(raw), now=NOW, actor="test"),
    "Chinese customs": lambda raw, _: window.receive_gacc(raw, now=NOW),
    "UK customs": lambda raw, _: window.receive_cds(raw, now=NOW),
    "customs by EDIFACT": lambda raw, _: window.receive_cusres(raw, now=NOW),
    "UK declaration to assess": lambda raw, _: window.assess_cds(raw, today=NOW.date()),
    "US entry": lambda raw, _: window.read_us_entry(raw),
    "declaration as a file": lambda raw, _: window.read_paper(raw),
    "batch in JSON": lambda raw, _: take_in_batch(SELLER, raw, form="json", now=NOW),
    "batch of Chinese lists": lambda raw, _: take_in_batch(SELLER, raw, form="gacc", now=NOW),
    "batch of UK declarations": lambda raw, _: take_in_batch(SELLER, raw, form="cds", now=NOW),
    "sanctions list": lambda raw, desk: risk.load_lists(desk.path(raw, "un_consolidated.xml").parent, now=NOW),
    "names to screen": lambda raw, desk: risk.screen_file(desk.path(raw), out=desk.out, now=NOW, lists=desk.folder),
    "listings": lambda raw, desk: catalog.classify_file(desk.path(raw), out=desk.out),
    "verification paper": lambda raw, _: parties.add_document(
        SELLER, new_id(), type="identity", name="passport.pdf", content=raw, now=NOW
    ),
    "inspection photograph": lambda raw, _: window.add_photo(
        Scope(new_id(), Kind.CUSTOMS, role=Role.OWNER), new_id(), name="a.jpg", caption="", content=raw, now=NOW
    ),
}  # fmt: skip


def refused(answer: Any) -> bool:
    """Whether a report tells that nothing of the file was taken, or that a person must look at every name in it."""
    if getattr(answer, "ok", None) is False or 0 < getattr(answer, "matched", 0) == getattr(
        answer, "names", 0
    ):
        return True
    return bool(getattr(answer, "rejects", ())) and not answer.orders


@cache
def _count() -> sql.Composed:
    tables = sorted(connection.introspection.table_names())
    one = sql.SQL("SELECT {}, count(*) FROM {}")
    return sql.SQL(" UNION ALL ").join(one.format(sql.Literal(t), sql.Identifier(t)) for t in tables)


def rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_count())
        return dict(cursor.fetchall())


@pytest.mark.parametrize("name", IMPORTERS)
def test_no_importer_takes_a_hostile_file_or_breaks_over_it(name: str, tmp_path: Path) -> None:
    before, desk, wrong = rows(), Desk(tmp_path), {}
    for what, raw in FILES.items():
        try:
            answer = IMPORTERS[name](raw, desk)
        except FondacoError as problem:
            told = problem.problem()
            if not (told["title"] and (told.get("remedy") or told.get("field"))) or len(str(problem)) > 2_000:
                wrong[what] = f"{problem.code} names neither field nor remedy, or is too long"
        else:
            if not refused(answer):
                wrong[what] = repr(answer)[:200]
    assert wrong == {}
    assert rows() == before
    assert not desk.out.exists() or name == "names to screen"
