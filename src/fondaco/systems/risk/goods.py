"""Goods and the law of where they go: the rule book from data/risk, verdicts, licences."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from typing import Final
from uuid import UUID

import pycountry
from django.db import transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Forbidden, NotFound, Refused
from fondaco.kernel.paging import newest_after
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.risk.domain.goods import (
    AGENCY,
    DOCUMENT,
    EVERYWHERE,
    RESTRICTED,
    GoodsItem,
    GoodsRule,
    GoodsVerdict,
    RuleBook,
    assess,
    code_ranges,
    words_condition,
)
from fondaco.systems.risk.engine import DATA
from fondaco.systems.risk.models import GoodsLicence

FILES: Final = (
    "goods_rules.csv", "embargoes.csv", "high_priority.csv", "dual_use.csv", "us_agencies.csv", "country_groups.csv",
)  # fmt: skip
DUAL_USE_EXPORTERS: Final = frozenset(
    {"EU", "GB", "US", "JP", "CN", "KR", "CH", "NO", "AU", "CA", "SG", "IN"}
)
_HS_DIGITS: Final = range(4, 11)


class BadGoods(Refused):
    code = "bad-goods"
    title = "These goods cannot be looked up."
    remedy = "Give a code of 4 to 10 digits or none, and countries as ISO codes of two letters."


class BadLicence(Refused):
    code = "bad-licence"
    title = "This licence cannot be kept."
    remedy = (
        "Name a restriction that a licence can lift, its destination, the licence's number and its dates."
    )


class LicenceNotFound(NotFound):
    code = "licence-not-found"
    title = "There is no such licence here."


@dataclass(frozen=True, slots=True)
class LicenceDTO:
    """A licence as a seller stated it."""

    id: UUID
    seller_id: UUID
    rule: str
    destination: str
    hs_prefix: str
    number: str
    valid_from: date
    valid_to: date | None
    recorded_by: str
    recorded_at: datetime
    reason: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class LicenceDraft:
    """A licence to be recorded; `hs_prefix` narrows it to goods of that code."""

    rule: str
    destination: str
    number: str
    valid_from: date
    valid_to: date | None = None
    hs_prefix: str = ""


# --- the rule book -----------------------------------------------------------------------------------


@cache
def rule_book() -> RuleBook:
    """Every rule of data/risk; its version is a digest of the files."""
    version = sha256(b"\0".join((DATA / name).read_bytes() for name in FILES)).hexdigest()
    rules = (*_destination_rules(), *_embargoes(), *_dual_use(), *_agencies())
    return RuleBook(rules, version=version[:16])


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def groups() -> dict[str, frozenset[str]]:
    """Named groups of countries."""
    return {row["group"]: frozenset(row["countries"].split("|")) for row in _rows("country_groups.csv")}


def _places(text: str) -> frozenset[str]:
    """Countries and groups, groups opened; `*` stays what it is."""
    return frozenset(c for part in text.split("|") if part for c in groups().get(part, (part,)))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _destination_rules() -> Iterator[GoodsRule]:
    for row in _rows("goods_rules.csv"):
        yield GoodsRule(
            id=row["id"], kind="rule", destinations=_places(row["destinations"]), effect=row["effect"],
            reason=row["reason"], source=row["source"], authority=row["authority"], needs=row["needs"],
            origins=_places(row["origins"]), codes=code_ranges(row["hs"]), words=words_condition(row["words"]),
            valid_from=_day(row["valid_from"]), valid_to=_day(row["valid_to"]), confidence=row["confidence"],
        )  # fmt: skip


def _embargoes() -> Iterator[GoodsRule]:
    priority = "|".join(row["hs"] for row in _rows("high_priority.csv"))
    for row in _rows("embargoes.csv"):
        listed = row["hs"] == "CHPL"
        exporters = _places(row["exporters"]) - {EVERYWHERE}
        needs = "End-use statement; no re-export to Russia" if row["effect"] == DOCUMENT else ""
        yield GoodsRule(
            id=row["id"], kind="high-priority" if listed else "embargo", destinations=_places(row["destination"]),
            effect=row["effect"], reason=row["reason"], source=row["source"], authority=row["authority"],
            needs="Export licence" if row["effect"] == RESTRICTED else needs, exporters=exporters,
            codes=code_ranges(priority if listed else row["hs"]), valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]), confidence=row["confidence"],
        )  # fmt: skip


def _dual_use() -> Iterator[GoodsRule]:
    exporters = frozenset(c for place in DUAL_USE_EXPORTERS for c in groups().get(place, (place,)))
    for row in _rows("dual_use.csv"):
        yield GoodsRule(
            id=f"dual-use-{row['entry']}-{row['hs']}", kind="dual-use", destinations=frozenset({EVERYWHERE}),
            effect=DOCUMENT, reason=f"May be dual-use {row['entry']}: {row['what']}",
            source=f"{row['regime']}; Regulation (EU) 2021/821 annex I; 15 CFR 774 supp. 1",
            authority="Export control authority of the seller's country",
            needs="Classification by the maker; export licence where the entry is met", exporters=exporters,
            codes=code_ranges(row["hs"]), words=words_condition(row["words"]),
        )  # fmt: skip


def _agencies() -> Iterator[GoodsRule]:
    """US partner agencies by code; rows of the same agencies become one rule."""
    by_agency: dict[tuple[str, str], list[str]] = {}
    for row in _rows("us_agencies.csv"):
        for pair in row["agencies"].split("|"):
            agency, _, extent = pair.partition(":")
            by_agency.setdefault((agency, extent), []).append(row["hs"])
    for (agency, extent), codes in by_agency.items():
        asks = "asks for its data" if extent == "required" else "may ask for its data"
        yield GoodsRule(
            id=f"us-pga-{agency.lower()}-{extent}", kind="agency", destinations=frozenset({"US"}), effect=AGENCY,
            reason=f"{agency} {asks} with the entry", source="CBP ACE tariff report with PGA flags, 2026-02-21",
            authority=agency, codes=code_ranges("|".join(codes)), confidence="A",
        )  # fmt: skip


# --- verdicts ----------------------------------------------------------------------------------------


def assess_goods(
    asked: Sequence[tuple[GoodsItem, str]], *, on: date, seller_id: UUID | None = None
) -> list[GoodsVerdict]:
    """A verdict for each item and destination, in order; a seller's licences lift restrictions.

    One query where `seller_id` is given, none otherwise. BadGoods.
    """
    for item, destination in asked:
        _check(item, destination)
    held = _licences_on(seller_id, on) if seller_id else []
    return [
        assess(item, place, on=on, book=rule_book(), licences=_lifted(held, item, place))
        for item, place in asked
    ]


def goods_map(item: GoodsItem, *, on: date, seller_id: UUID | None = None) -> list[GoodsVerdict]:
    """The verdict for every country of the world, by code. BadGoods."""
    places = sorted(country.alpha_2 for country in pycountry.countries)
    return assess_goods([(item, place) for place in places], on=on, seller_id=seller_id)


def _check(item: GoodsItem, destination: str) -> None:
    if item.hs_code and not (
        item.hs_code.isascii() and item.hs_code.isdigit() and len(item.hs_code) in _HS_DIGITS
    ):
        raise BadGoods(field="hs_code", value=item.hs_code)
    _check_country(destination, "destination")
    for name, code in (("origin", item.origin), ("exporter", item.exporter)):
        if code:
            _check_country(code, name)


def _check_country(code: str, field: str) -> None:
    if code not in _countries():
        raise BadGoods(field=field, value=code)


@cache
def _countries() -> frozenset[str]:
    """ISO codes, with XI (Northern Ireland) and XK (Kosovo), which customs use."""
    return frozenset(country.alpha_2 for country in pycountry.countries) | {"XI", "XK"}


# --- licences ----------------------------------------------------------------------------------------


def record_licence(scope: Scope, draft: LicenceDraft, *, now: datetime) -> LicenceDTO:
    """Keep a seller's licence; it lifts the restriction from `valid_from` on. The same again changes nothing.

    BadLicence, Forbidden.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if scope.kind != Kind.SELLER:
        raise Forbidden("Only the seller states its licences.", field="organisation", value=scope.kind)
    rule = _checked(draft)
    with transaction.atomic():
        row, fresh = GoodsLicence.objects.house().get_or_create(
            seller_id=scope.organisation_id, rule=rule.id, destination=draft.destination,
            hs_prefix=draft.hs_prefix, number=draft.number.strip(), withdrawn_at=None,
            defaults={
                "valid_from": draft.valid_from, "valid_to": draft.valid_to, "recorded_by": scope.actor,
                "recorded_at": now,
            },
        )  # fmt: skip
        if fresh:
            _tell("risk.licence-recorded", row, scope, now)
    return _dto(row)


def withdraw_licence(scope: Scope, licence_id: UUID, *, now: datetime) -> None:
    """A licence no longer counts. Again, it changes nothing. LicenceNotFound, Forbidden."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        row = GoodsLicence.objects.of(scope).select_for_update().filter(pk=licence_id).first()
        if row is None:
            raise LicenceNotFound(field="licence", value=licence_id)
        if row.withdrawn_at is None:
            row.withdrawn_at = now
            row.save(update_fields=["withdrawn_at"])
            _tell("risk.licence-withdrawn", row, scope, now)


def licences_of(scope: Scope, *, after: UUID | None = None, size: int = 500) -> list[LicenceDTO]:
    """The licences that count or will, latest first; past licence `after` where one is named."""
    rows = GoodsLicence.objects.of(scope).filter(withdrawn_at=None)
    return [_dto(row) for row in newest_after(rows, after, moment="recorded_at")[:size]]


def _checked(draft: LicenceDraft) -> GoodsRule:
    rule = next((r for r in rule_book().rules if r.id == draft.rule), None)
    if rule is None or rule.effect != RESTRICTED:
        raise BadLicence("This rule is not one that a licence lifts.", field="rule", value=draft.rule)
    _check_country(draft.destination, "destination")
    if not {draft.destination, EVERYWHERE} & rule.destinations:
        raise BadLicence(field="destination", value=draft.destination)
    if not 0 < len(draft.number.strip()) <= GoodsLicence.NUMBER_LENGTH:
        raise BadLicence(field="number", value=draft.number)
    if draft.hs_prefix and not (
        draft.hs_prefix.isascii() and draft.hs_prefix.isdigit() and len(draft.hs_prefix) <= 10
    ):
        raise BadLicence(field="hs_prefix", value=draft.hs_prefix)
    if draft.valid_to and draft.valid_to < draft.valid_from:
        raise BadLicence(field="valid_to", value=draft.valid_to)
    return rule


def _licences_on(seller_id: UUID, on: date) -> list[GoodsLicence]:
    rows = GoodsLicence.objects.house().filter(seller_id=seller_id, withdrawn_at=None, valid_from__lte=on)
    return [row for row in rows.order_by("id") if row.valid_to is None or row.valid_to >= on]


def _lifted(held: Iterable[GoodsLicence], item: GoodsItem, destination: str) -> Mapping[str, str]:
    return {
        row.rule: row.number
        for row in held
        if row.destination == destination and item.hs_code.startswith(row.hs_prefix)
    }


def _tell(topic: str, row: GoodsLicence, scope: Scope, now: datetime) -> None:
    detail = {"rule": row.rule, "destination": row.destination, "number": row.number}
    audit.record(
        [audit.Deed(topic, "goods_licence", str(row.id), row.seller_id, detail)], actor=scope.actor, at=now
    )
    outbox.append([outbox.Event(topic, str(row.id), {"seller_id": str(row.seller_id), **detail})])


def _dto(row: GoodsLicence) -> LicenceDTO:
    rule = next((r for r in rule_book().rules if r.id == row.rule), None)
    return LicenceDTO(
        row.id, row.seller_id, row.rule, row.destination, row.hs_prefix, row.number, row.valid_from, row.valid_to,
        row.recorded_by, row.recorded_at, rule.reason if rule else "", rule.needs if rule else "",
    )  # fmt: skip
