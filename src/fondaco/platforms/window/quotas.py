"""What a buyer may still buy this year under a scheme: reserved when a price is given, used when it is paid.

China's cross-border retail import: CNY 26,000 a person and year (Cai Guan Shui [2018] 49). A reservation that
nobody paid for comes free again by itself; a payment whose reservation has come free must find room anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from fondaco.kernel import audit
from fondaco.kernel.audit import Deed
from fondaco.kernel.errors import Conflict
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.domain.landed_types import LandedQuote
from fondaco.platforms.window.domain.regime import Regime, regime_of
from fondaco.platforms.window.models import QUOTA_HOLD, HoldState, PersonQuota, QuotaHold
from fondaco.platforms.window.models import Regime as RegimeRow

HOLD_FOR = timedelta(hours=24)


class QuotaUsedUp(Conflict):
    code = "quota-used-up"
    title = "This buyer's quota of the year is used up."
    remedy = "Take less, wait for the new year, or bring the goods in by general trade."


@dataclass(frozen=True, slots=True)
class QuotaAsk:
    """What one order takes of a quota: `value` with its carriage, in the authority's currency."""

    quota: str
    limit: Money
    buyer_id: UUID
    order_id: UUID
    value: Money
    year: int


@dataclass(frozen=True, slots=True)
class QuotaDTO:
    """An account for a page: what of the year's limit is used, reserved and left.

    `destination` is the country whose rule `source` sets the limit; both empty where no regime sets it any more.
    """

    quota: str
    year: int
    destination: str
    source: str
    limit: Money
    used: Money
    held: Money
    left: Money


def reserve_quota(ask: QuotaAsk, *, now: datetime, actor: str, hold_for: timedelta = HOLD_FOR) -> None:
    """Reserve what an order takes; again changes nothing, another value changes the reservation.

    QuotaUsedUp, and nothing is changed, where the year's limit does not allow it.
    """
    with transaction.atomic():
        account = _account(ask)
        _free_expired(account, now)
        hold = QuotaHold.objects.house().filter(account=account, order_id=ask.order_id).first()
        if hold is not None and hold.state == HoldState.USED:
            return
        mine = hold.amount_minor if hold is not None and hold.state == HoldState.HELD else 0
        _take(account, ask.value.minor - mine, ask)
        until = now + hold_for
        if hold is None:
            hold = QuotaHold(account=account, buyer_id=ask.buyer_id, order_id=ask.order_id, created_at=now)
        elif hold.state == HoldState.FREED:
            hold.state = QUOTA_HOLD.after(hold.state, "reserve")
        hold.amount_minor, hold.expires_at, hold.changed_at = ask.value.minor, until, now
        hold.save()
        audit.record([_deed(hold, "reserved")], actor=actor, at=now)


def use_quota(ask: QuotaAsk, *, now: datetime, actor: str) -> None:
    """Turn the order's reservation into use, at its payment; again changes nothing.

    QuotaUsedUp where the reservation has come free meanwhile and the room is gone: then nothing may be paid.
    """
    with transaction.atomic():
        account = _account(ask)
        held = QuotaHold.objects.house().filter(account=account, order_id=ask.order_id).first()
        if held is not None and held.state == HoldState.USED:
            return
        reserve_quota(ask, now=now, actor=actor)
        hold = QuotaHold.objects.house().get(account=account, order_id=ask.order_id)
        _move(hold, "use", now)
        PersonQuota.objects.house().filter(pk=account.pk).update(
            held_minor=F("held_minor") - hold.amount_minor, used_minor=F("used_minor") + hold.amount_minor
        )
        audit.record([_deed(hold, "used")], actor=actor, at=now)


def free_quota(order_ids: Iterable[UUID], *, now: datetime, actor: str) -> int:
    """Give back what these orders reserved or used: not paid, cancelled, returned. How many gave back."""
    with transaction.atomic():
        holds = list(
            QuotaHold.objects.house()
            .select_for_update()
            .filter(order_id__in=list(order_ids))
            .exclude(state=HoldState.FREED)
            .order_by("pk")
        )
        for hold in holds:
            column = "used_minor" if hold.state == HoldState.USED else "held_minor"
            _move(hold, "give-back" if hold.state == HoldState.USED else "free", now)
            PersonQuota.objects.house().filter(pk=hold.account_id).update(
                **{column: F(column) - hold.amount_minor}
            )
        audit.record([_deed(hold, "given_back") for hold in holds], actor=actor, at=now)
    return len(holds)


def give_back_quota(order_id: UUID, *, part: Fraction, now: datetime, actor: str) -> int:
    """Give back `part` (above 0, at most 1) of what this order still uses, half-up: goods that came back untaxed.

    Minor units given back; 0 where the order uses no quota.
    """
    with transaction.atomic():
        hold = (
            QuotaHold.objects.house()
            .select_for_update()
            .filter(order_id=order_id, state=HoldState.USED)
            .first()
        )
        if hold is None:
            return 0
        back = min(hold.amount_minor, floor(hold.amount_minor * part + Fraction(1, 2)))
        if back == hold.amount_minor:
            free_quota([order_id], now=now, actor=actor)
            return back
        hold.amount_minor -= back
        hold.changed_at = now
        hold.save(update_fields=["amount_minor", "changed_at"])
        account = PersonQuota.objects.house().filter(pk=hold.account_id)
        account.update(used_minor=F("used_minor") - back)
        audit.record([_deed(hold, "given_back_in_part")], actor=actor, at=now)
    return back


def quota_left(quotas: Mapping[str, Money], *, buyer_id: UUID, on: date, now: datetime) -> dict[str, Money]:
    """What a buyer may still take of each of these quotas (id and yearly limit); expired reservations count as free."""
    accounts = PersonQuota.objects.house().filter(buyer_id=buyer_id, year=on.year, quota__in=list(quotas))
    stale = _expired(accounts, now)
    left = dict(quotas)
    for account in accounts:
        minor = account.limit_minor - account.used_minor - account.held_minor + stale.get(account.pk, 0)
        left[account.quota] = Money(minor, account.currency)
    return left


def quota_accounts(scope: Scope, *, now: datetime) -> list[QuotaDTO]:
    """The accounts of the caller as a buyer, latest year first; expired reservations count as free."""
    mine = PersonQuota.objects.of(scope).filter(buyer_id=scope.organisation_id)
    rows = list(mine.order_by("-year", "quota", "pk"))
    if not rows:
        return []
    stale, rules = _expired(rows, now), _rules()
    return [_dto(row, stale.get(row.pk, 0), *rules.get(row.quota, ("", ""))) for row in rows]


def _expired(accounts: Iterable[PersonQuota], now: datetime) -> dict[UUID, int]:
    """Minor units of reservations that have come free and are not yet taken off, by account."""
    stale = QuotaHold.objects.house().filter(
        account__in=[one.pk for one in accounts], state=HoldState.HELD, expires_at__lte=now
    )
    return dict(stale.order_by().values_list("account_id").annotate(free=Sum("amount_minor")))


def _rules() -> dict[str, tuple[str, str]]:
    """The destination and the source of each quota that a regime sets, as its latest regime says it."""
    bodies = RegimeRow.objects.filter(body__has_key="quotas").order_by("validity")
    regimes = [regime_of(body) for body in bodies.values_list("body", flat=True)]
    return {quota.id: (regime.destination, quota.source) for regime in regimes for quota in regime.quotas}


def _dto(row: PersonQuota, stale: int, destination: str, source: str) -> QuotaDTO:
    limit, used, held = (
        Money(minor, row.currency) for minor in (row.limit_minor, row.used_minor, row.held_minor - stale)
    )
    return QuotaDTO(row.quota, row.year, destination, source, limit, used, held, limit - used - held)


def _account(ask: QuotaAsk) -> PersonQuota:
    """The buyer's account of the year, opened if need be, locked for this transaction."""
    fresh = PersonQuota(
        quota=ask.quota, buyer_id=ask.buyer_id, year=ask.year, currency=ask.limit.currency,
        limit_minor=ask.limit.minor,
    )  # fmt: skip
    PersonQuota.objects.bulk_create([fresh], ignore_conflicts=True)
    rows = PersonQuota.objects.house().select_for_update()
    account: PersonQuota = rows.get(quota=ask.quota, buyer_id=ask.buyer_id, year=ask.year)
    return account


def _free_expired(account: PersonQuota, now: datetime) -> None:
    holds = QuotaHold.objects.house().filter(account=account, state=HoldState.HELD)
    stale = list(holds.filter(expires_at__lte=now))
    for hold in stale:
        _move(hold, "free", now)
        account.held_minor -= hold.amount_minor
    if stale:
        account.save(update_fields=["held_minor"])


def _take(account: PersonQuota, minor: int, ask: QuotaAsk) -> None:
    left = account.limit_minor - account.used_minor - account.held_minor
    if minor > left:
        room = Money(max(left, 0), account.currency)
        raise QuotaUsedUp(
            f"{ask.value} asked, {room} left of {ask.limit}.", field=ask.quota, value=str(ask.order_id)
        )
    account.held_minor += minor
    account.save(update_fields=["held_minor"])


def _move(hold: QuotaHold, event: str, now: datetime) -> None:
    hold.state = QUOTA_HOLD.after(hold.state, event)
    hold.changed_at = now
    hold.save(update_fields=["state", "changed_at"])


def _deed(hold: QuotaHold, what: str) -> Deed:
    detail = {"amount_minor": hold.amount_minor, "order": str(hold.order_id)}
    return Deed(f"window.quota_{what}", "quota_hold", str(hold.pk), hold.buyer_id, detail)


def reserve_quotas(asks: Iterable[QuotaAsk], *, now: datetime, actor: str) -> list[UUID]:
    """Reserve for each of these orders that finds room; the orders that find none.

    They are not stopped here: their payment is, if the room has not come free by then.
    """
    refused: list[UUID] = []
    for ask in asks:
        try:
            reserve_quota(ask, now=now, actor=actor)
        except QuotaUsedUp:
            refused.append(ask.order_id)
    return refused


def quotas_of(regime: Regime | None, schemes: Iterable[str]) -> dict[str, Money]:
    """The yearly limits, by quota id, that a regime sets on these schemes."""
    wanted = set(schemes)
    quotas = regime.quotas if regime is not None else ()
    return {q.id: Money.of(q.amount, regime.currency) for q in quotas if regime and q.scheme in wanted}


def quota_ask(
    quote: LandedQuote, regime: Regime | None, *, order_id: UUID, buyer_id: UUID
) -> QuotaAsk | None:
    """What a priced order takes of its buyer's quota: its value with carriage, at the quote's own rate."""
    limits = quotas_of(regime, {quote.scheme}) if quote.scheme and quote.charges else {}
    for quota, limit in limits.items():
        value = (quote.goods + quote.freight + quote.insurance).amount
        rate = Decimal(quote.versions.get(f"rate:{quote.currency}/{limit.currency}", "1"))
        taken = Money.of((value * rate).quantize(Decimal("0.01"), ROUND_HALF_UP), limit.currency)
        return QuotaAsk(quota, limit, buyer_id, order_id, taken, quote.on.year)
    return None
