"""CUSCAR D.96B: the cargo report of a flight, voyage or lorry, one consignment for each declaration on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from fondaco.platforms.window.domain.declaration import Party, kilograms
from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.messages.edifact.cusdec import (
    amount_minor,
    amount_text,
    grams,
    party_block,
    party_facts,
    party_read,
)
from fondaco.platforms.window.domain.messages.edifact.engine import Facts
from fondaco.platforms.window.domain.messages.edifact.layout import Layout, block
from fondaco.platforms.window.domain.messages.gacc.spec import Fault

_MOMENT = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class Carriage:
    """The conveyance reported: master bill, carrier, voyage or flight, mode (UNECE Recommendation 19), ports."""

    number: str
    master_bill: str
    carrier: str
    voyage: str
    mode: str
    loading: str
    discharge: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class CargoItem:
    """Goods of one consignment: masses in grams, `value_minor` in the consignment's currency."""

    number: int
    hs_code: str
    description: str
    gross_g: int
    value_minor: int
    origin: str = ""


@dataclass(frozen=True, slots=True)
class CargoConsignment:
    """One house waybill of the report."""

    waybill: str
    lrn: str
    packages: int
    package_kind: str
    currency: str
    consignor: Party
    consignee: Party
    items: tuple[CargoItem, ...]


@dataclass(frozen=True, slots=True)
class CargoReport:
    """A cargo report: the conveyance and everything on it."""

    carriage: Carriage
    consignments: tuple[CargoConsignment, ...]


LAYOUT = Layout(
    "CUSCAR",
    "D.96B",
    block(
        "",
        """
        BGM+{document 1001 in(785)!}+{number 1004 an..35!}+{function 1225 in(9,5,1,4)!}
        DTM+=137:{reported_at 2380 d204!}:204
        """,
        block("SG1", "RFF+=MB:{master_bill 1154 an..35!}"),
        block("SG2", "NAD+=CA+++{carrier 3036 an..35*5!}"),
        block(
            "SG4",
            """
            TDT+=20+{voyage 8028 an..17!}+{mode 8067 in(1,2,3,4,5,6,7,8,9)!}
            LOC+=9+{loading 3225 an..25!}
            LOC+=11+{discharge 3225 an..25!}
            """,
        ),
        "CNT+=10:{consignments 6066 n..18!}",
        block(
            "SG7",
            "CNI+{place 1490 n..4!}+{waybill 1004 an..35!}",
            block(
                "SG8",
                "RFF+=ABO:{lrn 1154 an..35!}",
                party_block("SG11", "CZ", "consignor", contact=False),
                party_block("SG11", "CN", "consignee", contact=False),
                block(
                    "SG14",
                    """
                    GID+{number 1496 n..5!}+{packages 7224 n..8!}:{package_kind 7065 an..17!}
                    FTX+=AAA+++{description 4440 an..70*5!}
                    MEA+=AAE+=AAE+KGM:{gross 6314 kg!}
                    MOA+=38:{value 5004 amt!}:{currency 6345 a3!}
                    CST++{hs_code 7361 an..18!}+{origin 7361 a2}
                    """,
                    name="item",
                ),
            ),
            name="consignment",
        ),
    ),
)


def report_of(declarations: Sequence[Declared], carriage: Carriage) -> CargoReport:
    """The report of a conveyance that carries `declarations`, one consignment for each."""
    return CargoReport(carriage, tuple(_consignment(one) for one in declarations))


def facts_of(report: CargoReport) -> Facts:
    """The facts of the CUSCAR that says `report`."""
    about = report.carriage
    return {
        "document": "785",
        "number": about.number,
        "function": "9",
        "reported_at": about.reported_at.astimezone(UTC).strftime(_MOMENT),
        "master_bill": about.master_bill,
        "carrier": about.carrier,
        "voyage": about.voyage,
        "mode": about.mode,
        "loading": about.loading,
        "discharge": about.discharge,
        "consignments": str(len(report.consignments)),
        "consignment": [_consignment_facts(n, one) for n, one in enumerate(report.consignments, 1)],
    }


def read_facts(facts: Facts) -> CargoReport:
    """What a CUSCAR's checked facts say."""
    carriage = Carriage(
        facts["number"],
        facts["master_bill"],
        facts["carrier"],
        facts["voyage"],
        facts["mode"],
        facts["loading"],
        facts["discharge"],
        datetime.strptime(facts["reported_at"], _MOMENT).replace(tzinfo=UTC),
    )
    return CargoReport(carriage, tuple(_consignment_read(one) for one in facts["consignment"]))


def check_counts(facts: Facts) -> Iterator[Fault]:
    """The number of consignments is what CNT says, and each has goods."""
    found: list[Facts] = facts.get("consignment", [])
    told = facts.get("consignments", "")
    if told and told != str(len(found)):
        yield Fault("CUSCAR/CNT+10/6066", "disagrees", "It counts otherwise.", f"Write {len(found)}.", told)
    if not found:
        yield Fault("CUSCAR/consignment", "missing", "Nothing is on board.", "Add at least one consignment.")
    for place, one in enumerate(found, 1):
        if not one.get("item"):
            yield Fault(f"CUSCAR/consignment[{place}]/item", "missing", "It has no goods.", "Add a GID.")


def _consignment(one: Declared) -> CargoConsignment:
    items = tuple(
        CargoItem(i.number, i.hs_code, i.description, i.gross_g, i.value_minor, i.origin) for i in one.items
    )
    shipper, receiver = (replace(party, phone="", email="") for party in (one.exporter, one.importer))
    return CargoConsignment(
        one.tracking, one.lrn, one.packages, one.package_kind, one.currency, shipper, receiver, items
    )


def _consignment_facts(place: int, one: CargoConsignment) -> Facts:
    return {
        "place": str(place),
        "waybill": one.waybill,
        "lrn": one.lrn,
        **party_facts("consignor", one.consignor),
        **party_facts("consignee", one.consignee),
        "item": [_item_facts(item, one, first=n == 0) for n, item in enumerate(one.items)],
    }


def _item_facts(item: CargoItem, one: CargoConsignment, *, first: bool) -> Facts:
    """The packages stand with the first goods: they hold what follows too."""
    return {
        "number": str(item.number),
        "packages": str(one.packages if first else 0),
        "package_kind": one.package_kind,
        "description": item.description,
        "gross": kilograms(item.gross_g),
        "value": amount_text(item.value_minor, one.currency),
        "currency": one.currency,
        "hs_code": item.hs_code,
        "origin": item.origin,
    }


def _consignment_read(facts: Facts) -> CargoConsignment:
    items: list[Facts] = facts["item"]
    return CargoConsignment(
        facts["waybill"],
        facts["lrn"],
        sum(int(item["packages"]) for item in items),
        items[0]["package_kind"],
        items[0]["currency"],
        party_read("consignor", facts),
        party_read("consignee", facts),
        tuple(_item_read(item) for item in items),
    )


def _item_read(facts: Facts) -> CargoItem:
    return CargoItem(
        int(facts["number"]),
        facts["hs_code"],
        facts["description"],
        grams(facts["gross"]),
        amount_minor(facts["value"], facts["currency"]),
        facts.get("origin", ""),
    )
