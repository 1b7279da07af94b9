"""Supervision modes: the table, and which of them an order fits."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from fondaco.flows.modes import suit_mode
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import Candidate, ModeChoice, OrderFacts

router = Router(tags=["declarations"])


class ModeQuery(Schema):
    """How to narrow the table."""

    country: str = Field("", pattern="^([A-Z]{2})?$")
    direction: Literal["", "import", "export"] = ""
    on: date | None = None


class ModeOut(Schema):
    """One mode: where and when it holds, and what it means."""

    code: str
    regime: str
    countries: list[str]
    direction: str
    name: str
    text: str
    valid_from: date
    valid_to: date | None
    documents: list[str]
    states: list[str]
    additional: list[str]
    tax: str
    statistics: str
    source: str
    checked_on: date
    confidence: str


class OrderFactsIn(Schema):
    """An order; what is left out is not known, and holds back every mode that asks for it."""

    direction: Literal["import", "export"]
    country: str = Field(pattern="^[A-Z]{2}$")
    on: date | None = None
    amount: Decimal | None = Field(None, ge=0, le=10**12, decimal_places=4)
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    mass_g: int | None = Field(None, ge=0, le=10**12)
    b2c: bool | None = None
    platform: bool | None = True
    postal: bool | None = None
    licence: bool | None = None
    excise: bool | None = None
    export_duty: bool | None = None
    rebate: bool | None = None
    preference: bool | None = False
    eori: bool | None = None
    gift: bool | None = False
    schemes: list[str] = Field(default_factory=list, max_length=20)
    stock: Literal["direct", "bonded", "bonded-a", "overseas", "market"] = "direct"
    incoterm: str = Field("", pattern="^([A-Z]{3})?$")
    origins: list[str] = Field(default_factory=list, max_length=99)


class ReasonOut(Schema):
    """One condition; `held` is null where the fact is not known."""

    what: str
    asked: str
    told: str
    held: bool | None


class CandidateOut(Schema):
    """A mode with its conditions as they came out."""

    mode: str
    name: str
    reasons: list[ReasonOut]


class ChoiceOut(Schema):
    """The mode chosen, others that would do, and those refused with what is against them."""

    chosen: CandidateOut
    also: list[CandidateOut]
    refused: list[CandidateOut]


@router.get("", response=list[ModeOut])
def list_modes(request: HttpRequest, query: Query[ModeQuery]) -> list[Any]:
    """Supervision modes of a country, in a direction, in force on a day."""
    return list(window.supervision_modes(country=query.country, direction=query.direction, on=query.on))


@router.post("/choice", response=ChoiceOut)
def choose(request: HttpRequest, body: OrderFactsIn) -> ChoiceOut:
    """The mode that an order fits. Nothing is recorded."""
    told = body.model_dump(exclude={"amount", "currency", "on", "schemes", "origins"})
    value = Money.of(body.amount, body.currency) if body.amount is not None else None
    facts = OrderFacts(
        **told,
        on=body.on or clock.today(),
        value=value,
        schemes=frozenset(body.schemes),
        origins=frozenset(body.origins),
    )
    return _choice(suit_mode(facts))


def _choice(choice: ModeChoice) -> ChoiceOut:
    return ChoiceOut(
        chosen=_candidate(choice.chosen),
        also=[_candidate(one) for one in choice.also],
        refused=[_candidate(one) for one in choice.refused],
    )


def _candidate(one: Candidate) -> CandidateOut:
    reasons = [ReasonOut(**asdict(reason)) for reason in one.reasons]
    return CandidateOut(mode=one.mode.code, name=one.mode.name, reasons=reasons)
