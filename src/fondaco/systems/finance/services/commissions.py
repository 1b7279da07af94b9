"""The commission list: loaded from data, read in order, first match wins."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from fondaco.systems.finance.domain.commission import Commission, Rule, Sale, commission, first_match
from fondaco.systems.finance.models import CommissionRule
from fondaco.systems.finance.rules import read_table


def ensure_commission_rules() -> int:
    """Load data/finance/commission_rules.csv into an empty list; returns how many rules there are.

    Rules that an operator changed stay as they are.
    """
    if not CommissionRule.objects.exists():
        rows = [_row(row) for row in read_table("commission_rules")]
        CommissionRule.objects.bulk_create(rows, ignore_conflicts=True)
    return CommissionRule.objects.count()


def commission_rules() -> list[Rule]:
    """The list in the order in which rules are tried."""
    rows = CommissionRule.objects.order_by("priority", "code")
    return [
        Rule(
            r.code, r.valid_from, r.valid_to, r.seller_id, r.seller_country, r.destination, r.rate,
            r.fixed_minor, r.min_minor, r.currency, r.vat_rate,
        )
        for r in rows
    ]  # fmt: skip


def commission_of(sale: Sale, *, rules: list[Rule], rate: Decimal | None = None) -> Commission:
    """What the list charges on `sale`; `rate`, when agreed otherwise, replaces the rule's share."""
    rule = first_match(rules, sale)
    if rate is None:
        return commission(rule, sale)
    agreed = Rule(
        f"{rule.code}+agreed", rule.valid_from, rule.valid_to, rule.seller_id, rule.seller_country,
        rule.destination, rate, 0, 0, rule.currency, rule.vat_rate,
    )  # fmt: skip
    return commission(agreed, sale)


def _row(row: dict[str, str]) -> CommissionRule:
    return CommissionRule(
        code=row["code"],
        priority=int(row["priority"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        seller_id=None,
        seller_country=row["seller_country"],
        destination=row["destination"],
        rate=Decimal(row["rate"]),
        fixed_minor=int(row["fixed_minor"]),
        min_minor=int(row["min_minor"]),
        currency=row["currency"],
        vat_rate=Decimal(row["vat_rate"]),
        source=row["source"],
    )
