"""Landed cost and tariff: commands and queries that `public` hands out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_parts import OrderPart, quote_parts
from fondaco.platforms.window.domain.landed_terms import BorderTerms
from fondaco.platforms.window.domain.landed_terms import border_terms as _border_terms
from fondaco.platforms.window.domain.landed_types import Hs6Policy, LandedQuote, LandedRequest, Note, Rates
from fondaco.platforms.window.goldens import Tried, read_flips, read_goldens, try_golden
from fondaco.platforms.window.landed_proof import Replay, replay_landed
from fondaco.platforms.window.models import Regime, TariffRelease
from fondaco.platforms.window.quotas import QuotaAsk, quota_ask, quota_left, quotas_of
from fondaco.platforms.window.regime_load import FOLDER, regime_book
from fondaco.platforms.window.tariff_browse import agencies_asking
from fondaco.platforms.window.tariff_load import tariff_book
from fondaco.platforms.window.tariff_quotas import QuotaExhausted, open_claims

_SUBHEADING = 6
_held: dict[tuple[object, ...], LandedEngine] = {}
_lock = Lock()


def landed_engine(*, hs6_policy: Hs6Policy = "ask") -> LandedEngine:
    """The engine on the regimes and tariffs now in the tables; kept until these change."""
    key = _state()
    with _lock:
        engine = _held.get(key)
        if engine is None:
            engine = LandedEngine(regime_book(), tariff_book())
            _held.clear()
            _held[key] = engine
    return replace(engine, hs6_policy=hs6_policy)


def _state() -> tuple[object, ...]:
    """What changes whenever a release or a regime is loaded."""
    releases = TariffRelease.objects.order_by("pk").values_list("pk", "sha256")
    regimes = Regime.objects.order_by("-loaded_at", "-pk").values_list("pk", "loaded_at")[:1]
    return (tuple(releases), tuple(regimes), Regime.objects.count())


def quote_landed_costs(
    requests: Sequence[LandedRequest],
    *,
    rates: Rates,
    engine: LandedEngine | None = None,
    hs6_policy: Hs6Policy = "ask",
) -> list[LandedQuote]:
    """The landed cost of each consignment, in the same order.

    `rates(base, quote, on)` gives units of `quote` per `base`. `hs6_policy="max"` takes the highest
    duty below a six-digit code and marks it an estimate; "ask" leaves such a line to a person.
    """
    return (engine or landed_engine(hs6_policy=hs6_policy)).quote_all(requests, rates=rates)


def quote_orders_in_parts(
    asked: Sequence[tuple[LandedRequest, Sequence[OrderPart]]], *, rates: Rates, hs6_policy: Hs6Policy = "ask"
) -> list[LandedQuote]:
    """The landed cost of each order as it travels: none or one part is the order as a whole.

    What a regime asks by consignment is asked of each part; limits of value are held against the whole
    order where the regime counts it together.
    """
    engine = landed_engine(hs6_policy=hs6_policy)
    return [quote_parts(engine, _open(whole), parts, rates=rates) for whole, parts in asked]


def _open(request: LandedRequest) -> LandedRequest:
    """The request without the tariff quotas that have nothing left."""
    left = open_claims(request.schemes, on=request.on)
    return request if left == request.schemes else replace(request, schemes=left)


def border_terms(
    requests: Sequence[LandedRequest], *, rates: Rates, hs6_policy: Hs6Policy = "ask"
) -> list[BorderTerms | None]:
    """What a part of each order would be asked at the border, as plain data; None where that is not known."""
    engine = landed_engine(hs6_policy=hs6_policy)
    return [_border_terms(engine, request, rates=rates) for request in requests]


def within_one_territory(origin: str, destination: str, *, on: date) -> bool:
    """Whether goods go from one to the other without a customs border: one country, or one customs union."""
    if origin == destination:
        return True
    book = landed_engine().regimes
    here, there = book.look_up(origin, on), book.look_up(destination, on)
    return bool(here and there and here.union and here.union == there.union)


def calculate(request: LandedRequest, *, rates: Rates, hs6_policy: Hs6Policy = "max") -> LandedQuote:
    """One landed cost for the public calculator; nothing is kept."""
    asked = _open(request)
    (quote,) = quote_landed_costs([asked], rates=rates, hs6_policy=hs6_policy)
    return replace(quote, notes=(*quote.notes, *_further_notes(request, asked)))


def _further_notes(request: LandedRequest, asked: LandedRequest) -> Iterator[Note]:
    """What a price does not depend on: quotas that have nothing left, agencies that ask for papers."""
    gone = sorted(request.schemes - asked.schemes)
    if gone:
        yield Note(QuotaExhausted.code, f"{', '.join(gone)}: nothing is left.")
    regime = landed_engine().regimes.look_up(request.destination, request.on)
    tariffs = {rule.jurisdiction for rule in regime.duty if rule.jurisdiction} if regime else set()
    codes = {line.hs_code for line in request.lines if line.hs_code and len(line.hs_code) >= _SUBHEADING}
    flags: dict[str, str] = {}
    for code, text in agencies_asking(tariffs, codes, request.on) if tariffs and codes else ():
        flags.setdefault(text, code)
    for text, code in flags.items():
        yield Note("agency", f"{code}: {text}.")


@dataclass(frozen=True, slots=True)
class GoldenDTO:
    """A published sum (or one day of a change of law) beside what the engine finds on the tariffs held."""

    id: str
    kind: str
    destination: str
    on: date
    source: str
    published: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]


def check_goldens() -> list[GoldenDTO]:
    """Every published sum and both days of every dated change, worked out on the tariffs and regimes held."""
    engine, folder = landed_engine(hs6_policy="max"), FOLDER.parent / "goldens"
    sums = read_goldens(folder)
    sides = [side for flip in read_flips(folder) for side in (flip.before, flip.after)]
    return [_golden(try_golden(one, engine)) for one in (*sums, *sides)]


def _golden(tried: Tried) -> GoldenDTO:
    golden = tried.golden
    published = tuple((name, str(amount)) for name, amount in golden.expected.items())
    asked = golden.request
    return GoldenDTO(
        golden.id, golden.kind, asked.destination, asked.on, golden.source, published, tried.faults
    )


def open_quotas(
    destination: str, schemes: frozenset[str], *, buyer_id: UUID, on: date, now: datetime
) -> dict[str, Money]:
    """What a buyer may still take of the quotas that a destination sets on these schemes; empty where it sets none."""
    limits = quotas_of(landed_engine().regimes.look_up(destination, on), schemes)
    return quota_left(limits, buyer_id=buyer_id, on=on, now=now) if limits else {}


def quota_asks(placed: Iterable[tuple[UUID, UUID, LandedQuote]]) -> list[QuotaAsk]:
    """What these priced orders (order, buyer, quote) take of their buyers' quotas; those that take none are left out."""
    schemed = [row for row in placed if row[2].scheme]
    if not schemed:
        return []
    book = landed_engine().regimes
    asks = (
        quota_ask(quote, book.look_up(quote.destination, quote.on), order_id=order_id, buyer_id=buyer_id)
        for order_id, buyer_id, quote in schemed
    )
    return [ask for ask in asks if ask is not None]


def replay_order(scope: Scope, order_id: UUID) -> Replay:
    """The kept landed cost of an order, worked out again on what is held today; NotFound outside one's own."""
    return replay_landed(scope, order_id, engine=landed_engine())
