"""Exchange for a merchant: policy, locked quotes, commitments, and the board of exposure with its risk."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.money import BadAmount, Money, exponent
from fondaco.kernel.tenancy import Role, Scope
from fondaco.systems.finance.domain.exchange import (
    SPREAD_BP,
    Alert,
    Board,
    Flow,
    Listed,
    Policy,
    Quote,
    QuoteLapsed,
    expose,
    guard_price,
    lock_until,
    price_quote,
)
from fondaco.systems.finance.domain.fx import position_entries
from fondaco.systems.finance.domain.fx_risk import BackTest, RiskView, TooFewRates, back_test, measure
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, JournalDraft, lines
from fondaco.systems.finance.models import (
    QUOTES,
    ExchangePolicy,
    ForwardState,
    FxCommitment,
    FxDeal,
    FxForward,
    FxQuote,
    QuoteState,
)
from fondaco.systems.finance.selectors import balances
from fondaco.systems.finance.services.ledger import post_journals
from fondaco.systems.finance.services.rates import rate, rate_history, rates_for
from fondaco.systems.finance.services.second_rates import require_agreement
from fondaco.systems.finance.services.support import tell

RELEASE_DAYS = 30  # from payment to the end of the hold after delivery, for what waits in escrow
_MOST_MINOR = 10**17  # a column holds ninety times as much
BACK_TEST_SINCE = date(2016, 1, 1)
BACK_TEST_FROM = date(2013, 6, 1)


def policy_of(owner_id: UUID, *, base: str) -> Policy:
    """The owner's policy; the defaults with `base` where none is kept."""
    row = ExchangePolicy.objects.house().filter(owner_id=owner_id).first()
    if row is None:
        return Policy(base)
    return Policy(row.base, tuple(row.layers), row.cost_currency, row.margin_pct, row.guard_pct)


def save_policy(scope: Scope, policy: Policy, *, now: datetime) -> Policy:
    """Keep the policy of the scope's organisation. BadPolicy, UnknownCurrency, CurrencyEnded."""
    scope.require(role=Role.MANAGER)
    policy.checked()
    for currency in (policy.base, policy.cost_currency):
        exponent(currency)
    facts = {
        "base": policy.base, "layers": list(policy.layers), "cost_currency": policy.cost_currency,
        "margin_pct": policy.margin_pct, "guard_pct": policy.guard_pct,
    }  # fmt: skip
    with transaction.atomic():
        owner = scope.organisation_id
        ExchangePolicy.objects.of(scope).update_or_create(
            owner_id=owner, defaults={**facts, "changed_at": now}
        )
        detail = {name: str(value) for name, value in facts.items()}
        tell(
            "exchange.policy-set",
            subject_type="organisation",
            facts=[(owner, owner, detail)],
            at=now,
            actor=scope.actor,
        )
    return policy


def make_quote(scope: Scope, sell: Money, buy_currency: str, *, now: datetime) -> Quote:
    """Lock a rate for a minute: what `sell` buys. BadAmount, UnknownCurrency, CurrencyEnded, NoRate, RateTooOld.

    RatesDisagree where a second provider tells a very different rate of that day.
    """
    scope.require(role=Role.CLERK)
    if not 0 < sell.minor <= _MOST_MINOR:
        raise BadAmount(field="amount", value=str(sell))
    if sell.currency == buy_currency:
        raise Refused("A currency buys itself at one to one.", field="buy_currency", value=buy_currency)
    dated = rate(sell.currency, buy_currency, now.date())
    require_agreement(dated)
    buy, locked = price_quote(sell, buy_currency, dated)
    if not 0 < buy.minor <= _MOST_MINOR:
        said = (
            "This buys less than the smallest coin."
            if not buy.minor
            else "This is more than an account can hold."
        )
        raise BadAmount(said, field="amount", value=str(sell))
    row = FxQuote.objects.create(
        owner_id=scope.organisation_id, sell_currency=sell.currency, sell_minor=sell.minor,
        buy_currency=buy_currency, buy_minor=buy.minor, mid=dated.rate, rate=locked, spread_bp=SPREAD_BP,
        provider=dated.provider, rate_on=dated.on, made_at=now, expires_at=lock_until(now),
    )  # fmt: skip
    return _quote(row)


def take_quote(scope: Scope, quote_id: UUID, *, now: datetime) -> Quote:
    """Convert at the quote, exactly; taking it again changes nothing.

    The owner's balance in the one currency goes down, in the other up, through the house's positions. QuoteLapsed
    once its time is over, InsufficientFunds; nothing is posted then.
    """
    scope.require(role=Role.CLERK)
    with transaction.atomic():
        row = FxQuote.objects.of(scope).select_for_update().filter(pk=quote_id).first()
        if row is None or row.owner_id != scope.organisation_id:
            raise NotFound(field="quote", value=str(quote_id))
        if row.state == QuoteState.TAKEN:
            return _quote(row)
        if now < row.expires_at and row.state == QuoteState.OFFERED:
            _convert(row, actor=scope.actor, now=now)
            return _quote(row)
    raise QuoteLapsed(field="quote", value=str(quote_id))


def _convert(row: FxQuote, *, actor: str, now: datetime) -> None:
    sold, bought = Money(row.sell_minor, row.sell_currency), Money(row.buy_minor, row.buy_currency)
    entries = lines(
        (AccountKey(row.owner_id, "payable", sold.currency), -sold.minor),
        (AccountKey(row.owner_id, "payable", bought.currency), bought.minor),
    ) + position_entries(sold=sold, bought=bought)
    draft = JournalDraft(f"fx-quote:{row.pk}", "exchange", entries, now.date(), source=f"quote:{row.pk}")
    posted = post_journals([draft])[0]
    FxDeal.objects.create(
        journal_id=posted.journal_id, sell_currency=sold.currency, sell_minor=sold.minor,
        buy_currency=bought.currency, buy_minor=bought.minor, rate=row.rate, provider=row.provider,
        rate_on=row.rate_on, created_at=now,
    )  # fmt: skip
    row.state, row.decided_at = QUOTES.after(row.state, "take"), now
    row.journal_id = posted.journal_id
    row.save(update_fields=["state", "decided_at", "journal"])
    detail = {"sold": str(sold), "bought": str(bought), "rate": str(row.rate), "owner_id": str(row.owner_id)}
    tell(
        "exchange.converted",
        subject_type="quote",
        facts=[(row.pk, row.owner_id, detail)],
        at=now,
        actor=actor,
    )


def lapse_quotes(*, now: datetime) -> int:
    """Close the quotes whose time is over; how many."""
    due = FxQuote.objects.house().filter(state=QuoteState.OFFERED, expires_at__lte=now)
    return int(due.update(state=QuoteState.LAPSED, decided_at=now))


def list_quotes(scope: Scope, *, size: int = 20) -> list[Quote]:
    """The scope's latest quotes."""
    rows = FxQuote.objects.of(scope).filter(owner_id=scope.organisation_id)
    return [_quote(row) for row in rows.order_by("-made_at")[:size]]


def _quote(row: FxQuote) -> Quote:
    return Quote(
        row.pk, Money(row.sell_minor, row.sell_currency), Money(row.buy_minor, row.buy_currency), row.mid,
        row.rate, row.spread_bp, row.provider, row.rate_on, row.made_at, row.expires_at, row.state, row.journal_id,
    )  # fmt: skip


def add_commitment(
    scope: Scope, amount: Money, *, due_on: date, label: str, now: datetime, is_demo: bool = False
) -> UUID:
    """Note what will be got (positive) or paid in a currency; its id. BadAmount, CurrencyEnded."""
    scope.require(role=Role.CLERK)
    sane = 0 < abs(amount.minor) <= _MOST_MINOR
    if not sane or not label.strip():
        raise BadAmount(field="label" if sane else "amount", value=str(amount))
    row = FxCommitment.objects.create(
        owner_id=scope.organisation_id, currency=amount.currency, amount_minor=amount.minor, due_on=due_on,
        label=label.strip()[:120], is_demo=is_demo, created_at=now,
    )  # fmt: skip
    return UUID(str(row.pk))


def drop_commitment(scope: Scope, commitment_id: UUID) -> None:
    """Forget a commitment of the scope's; NotFound."""
    scope.require(role=Role.CLERK)
    mine = FxCommitment.objects.of(scope).filter(pk=commitment_id, owner_id=scope.organisation_id)
    if not mine.delete()[0]:
        raise NotFound(field="commitment", value=str(commitment_id))


def list_commitments(scope: Scope) -> list[tuple[UUID, Flow]]:
    """What the scope noted, by day."""
    rows = (
        FxCommitment.objects.of(scope).filter(owner_id=scope.organisation_id).order_by("due_on", "id")[:500]
    )
    return [(r.pk, Flow(r.currency, r.amount_minor, r.due_on, "commitment", r.label)) for r in rows]


def exposure_board(owner_id: UUID, *, base: str, on: date) -> Board:
    """The owner's money in other currencies than `base`, by bucket: the ledger, escrow, commitments, forwards.

    Of the house (`HOUSE`) it is the positions that conversions left. `unpriced` names currencies without a rate.
    """
    flows = _house_flows(on) if owner_id == HOUSE else _party_flows(owner_id, on)
    rows = expose(flows, _hedges(owner_id), base=base, on=on)
    currencies = {row.currency for row in rows}
    rates = rates_for(((c, base) for c in currencies), on)
    known = {c: rates[c, base] for c in sorted(currencies) if (c, base) in rates}
    return Board(base, on, rows, tuple(flows), known, tuple(sorted(currencies - known.keys())))


def _hedges(owner_id: UUID) -> list[Flow]:
    """What forwards cover until they are delivered, be their day over or their provider's answer lost.

    One asked for covers what its proposal says. Of one being delivered the sum sold has left the balance already.
    """
    standing = (ForwardState.ASKED, ForwardState.BOOKED, ForwardState.DUE)
    rows = FxForward.objects.house().filter(owner_id=owner_id, state__in=standing).select_related("proposal")
    legs = []
    for f in rows:
        sold = 0 if f.state == ForwardState.DUE else f.sell_minor
        bought = f.buy_minor or max(-f.proposal.amount_minor if f.proposal else 0, 0)
        legs += [(f.sell_currency, sold, f.due_on), (f.buy_currency, -bought, f.due_on)]
    return [Flow(currency, minor, due_on, "forward") for currency, minor, due_on in legs if minor]


def _house_flows(on: date) -> list[Flow]:
    found = balances(HOUSE, codes=["fx_position"])
    return [Flow(b.currency, b.balance_minor, on, "position") for b in found if b.balance_minor]


_ESCROW = """
SELECT i.escrow_currency, i.effective_on, sum(i.escrow_minor - coalesce(r.given, 0))
FROM finance_paymentintent i
LEFT JOIN (SELECT payment_id, sum(goods_minor + duty_tax_minor) AS given FROM finance_refund
           WHERE from_escrow AND state <> 'failed' GROUP BY payment_id) r ON r.payment_id = i.id
WHERE i.seller_id = %s AND i.state IN ('captured', 'settled')
  AND NOT EXISTS (SELECT 1 FROM finance_settlement s WHERE s.order_id = i.order_id)
GROUP BY 1, 2
"""


def _party_flows(owner_id: UUID, on: date) -> list[Flow]:
    """What a party may dispose of, what waits in escrow for it, and what it noted itself."""
    flows = [
        Flow(b.currency, b.available_minor, on, "balance")
        for b in balances(owner_id, codes=["payable"])
        if b.available_minor
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ESCROW, [owner_id])
        for currency, since, minor in cursor.fetchall():
            if minor:
                due = max(on, since + timedelta(days=RELEASE_DAYS))
                flows.append(Flow(currency, int(minor), due, "escrow"))
    noted = FxCommitment.objects.house().filter(owner_id=owner_id).order_by("due_on")
    flows += [Flow(r.currency, r.amount_minor, r.due_on, "commitment", r.label) for r in noted]
    return flows


History = dict[str, list[tuple[date, float]]]


def history_of(board: Board) -> History:
    """The rates that the board's open currencies have had since long before 2016; one query."""
    return rate_history(open_book(board), base=board.base, since=BACK_TEST_FROM)


def risk_of(board: Board, history: History, *, days: int = 1) -> RiskView | None:
    """What the open exposure may lose in `days` business days, by the last two years; None where it cannot be said."""
    with suppress(TooFewRates):
        return measure(open_book(board), history, base=board.base, days=days)
    return None


def try_risk_back(board: Board, history: History) -> BackTest | None:
    """How the value at risk of this book would have held since 2016; None where there are too few rates."""
    book = open_book(board)
    if not book or book.keys() - history.keys():
        return None
    with suppress(TooFewRates):
        return back_test(book, history, since=BACK_TEST_SINCE)
    return None


def open_book(board: Board) -> dict[str, float]:
    """The open exposure by currency, all buckets, in major units of the base at the board's rates."""
    book: dict[str, float] = {}
    for row in board.rows:
        if row.currency in board.rates and row.open:
            value = float(Money(row.open, row.currency).amount) * float(board.rates[row.currency].rate)
            book[row.currency] = book.get(row.currency, 0.0) + value
    return {currency: value for currency, value in book.items() if abs(value) > 1e-9}


def guard_prices(listed: Iterable[Listed], *, policy: Policy, on: date) -> list[Alert]:
    """The articles whose margin the rate has eaten into since they were listed, the worst first.

    Articles whose rate is not known on the day they were listed are left out.
    """
    many = list(listed)
    now = rates_for({(one.price.currency, policy.cost_currency) for one in many}, on)
    then: dict[tuple[str, date], Any] = {}
    for one in many:
        key = (one.price.currency, one.listed_on)
        if key not in then:
            found = rates_for([(one.price.currency, policy.cost_currency)], one.listed_on)
            then[key] = found.get((one.price.currency, policy.cost_currency))
    alerts = [
        alert
        for one in many
        if (before := then[one.price.currency, one.listed_on])
        and (today := now.get((one.price.currency, policy.cost_currency)))
        and (alert := guard_price(one, then=before.rate, now=today.rate, policy=policy))
    ]
    return sorted(alerts, key=lambda a: (-a.eaten_pct, a.sku))
