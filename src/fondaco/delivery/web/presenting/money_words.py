"""The words for accounts, journals and methods of payment on the money pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.money import Money
from fondaco.systems.finance.public import MoneyView, ServiceShare

_ACCOUNTS: dict[str, str | Promise] = {
    "escrow": _("Escrow of one order"),
    "payable": _("Owed to the party"),
    "payout_in_transit": _("On its way to the bank"),
    "refund_payable": _("Owed back to the buyer"),
    "duties_payable": _("Customs duty owed"),
    "taxes_payable": _("Import tax owed"),
    "fees_payable": _("Border fees owed"),
    "commission_vat": _("VAT on commission"),
    "recourse": _("Advanced to the party"),
    "provider_clearing": _("Owed by the payment provider"),
    "bank": _("The house's bank account"),
    "fx_position": _("Position in the currency"),
    "rounding": _("Rounding differences"),
    "commission": _("Commission earned"),
    "provider_fees": _("Fees of payment providers"),
    "suspense": _("Received, not yet explained"),
    "disputed": _("Waits for a verdict"),
    "reconciliation_difference": _("Differences written off"),
    "claims_receivable": _("Claimed from an authority"),
    "claims_due": _("Owed once an authority has paid"),
    "rebate_receivable": _("Approved export rebates"),
    "rebate_pending": _("Rebate on its way to the exporter"),
}
_OWN: dict[str, str | Promise] = {
    "payable": _("Owed to you"),
    "payout_in_transit": _("On its way to your bank"),
    "refund_payable": _("Owed back to you"),
    "duties_payable": _("Customs duty owed to you"),
    "taxes_payable": _("Import tax owed to you"),
    "fees_payable": _("Border fees owed to you"),
    "recourse": _("Advanced to you"),
    "provider_clearing": _("Owed by you to the house"),
    "rebate_receivable": _("Rebates that you have approved"),
    "rebate_pending": _("Rebate on its way to you"),
}
_JOURNALS: dict[str, str | Promise] = {
    "payment.captured": _("Payment taken into escrow"),
    "order.settled": _("Escrow shared out"),
    "bill.difference": _("Bill of the authority beside the quote"),
    "return.refund_owed": _("Refund promised"),
    "return.refunded": _("Refund paid"),
    "payout.sent": _("Payout sent"),
    "return.claim_granted": _("Claim granted by an authority"),
    "return.claim_paid": _("Claim paid"),
    "expected.received": _("Awaited transfer received"),
    "rebate.approved": _("Export rebate approved"),
    "rebate.paid": _("Export rebate paid"),
    "rebate.taken_back": _("Export rebate taken back"),
    "payout.paid": _("Payout arrived"),
    "payout.confirmed": _("Payout arrived"),
    "payout.returned": _("Payout came back"),
    "provider.settled": _("Provider's settlement booked"),
    "dispute.opened": _("Dispute opened"),
    "dispute.lost": _("Dispute lost"),
    "reversal": _("Correction"),
    "reconciliation.matched": _("Reconciled"),
    "reconciliation.written_off": _("Difference written off"),
}
_STAGES: dict[str, str | Promise] = {
    "paid": _("Paid"),
    "released": _("Shared out"),
    "refund": _("Given back"),
    "disputed": _("Disputes"),
    "corrected": _("Corrected"),
    "other": _("Other"),
}
_CLASSES: dict[str, str | Promise] = {
    "asset": _("Assets"),
    "liability": _("Liabilities"),
    "equity": _("Equity"),
    "income": _("Income"),
    "expense": _("Expenses"),
}
_METHODS: dict[str, str | Promise] = {
    "card": _("Card"),
    "bank_transfer": _("Bank transfer"),
    "wallet": _("Wallet"),
    "sepa_debit": _("SEPA direct debit"),
    "cod": _("Cash on delivery"),
    "boleto": _("Boleto voucher"),
    "konbini": _("Convenience store"),
    "unionpay": _("UnionPay card"),
    "ach_debit": _("ACH debit"),
    "spei": _("SPEI transfer"),
    "oxxo": _("OXXO voucher"),
    "mada": _("mada card"),
}
# Names of schemes are names: the same in every language.
_SCHEMES = {
    "ideal": "iDEAL", "bancontact": "Bancontact", "blik": "BLIK", "przelewy24": "Przelewy24", "eps": "eps",
    "giropay": "giropay", "swish": "Swish", "mobilepay": "MobilePay", "vipps": "Vipps", "twint": "TWINT",
    "mbway": "MB WAY", "bizum": "Bizum", "upi": "UPI", "pix": "Pix", "alipay": "Alipay", "wechat_pay": "WeChat Pay",
    "paynow": "PayNow", "promptpay": "PromptPay", "fpx": "FPX", "qris": "QRIS", "mpesa": "M-PESA", "payto": "PayTo",
}  # fmt: skip
_SHARES: dict[str, str | Promise] = {
    "seller_minor": _("To the seller"),
    "freight_minor": _("Freight to the carrier"),
    "commission_minor": _("Commission"),
    "commission_vat_minor": _("VAT on commission"),
    "authority": _("Duty, tax and fees to the authority"),
    "pick": _("Picking by the warehouse"),
    "storage": _("Storage at the warehouse"),
}
_REFUSALS: dict[str, str | Promise] = {
    "before": _("did not exist yet; it began on %(limit)s"),
    "ended": _("ended on %(limit)s"),
    "currency": _("only in %(limit)s"),
    "risk": _("only up to %(limit)s"),
    "too-small": _("only from %(limit)s"),
    "too-large": _("only up to %(limit)s"),
    "no-rate": _("no rate tells the value in %(limit)s"),
}
_DISPUTES: dict[str, str | Promise] = {
    "not_received": _("Goods not received"),
    "not_as_described": _("Goods not as described"),
    "fraudulent": _("Not made by the cardholder"),
    "duplicate": _("Charged twice"),
    "credit_not_processed": _("Refund not received"),
    "general": _("Other reason"),
}


_STUCK: dict[str, str | Promise] = {
    "no-rate": _("no provider tells a rate into the order's currency"),
    "rate-too-old": _("the rate into the order's currency is too old"),
    "escrow-short": _("escrow holds another sum than is to be shared out"),
    "bad-settlement": _("the figures make no sense"),
    "no-commission-rule": _("no line of the commission list is in force"),
    "already-settled": _("it was shared out before, with other figures"),
    "idempotency-key-reused": _("it was shared out before, with other shares of warehouses"),
}
RISKS: dict[str, str | Promise] = {
    "low": _("low risk"),
    "medium": _("medium risk"),
    "high": _("high risk"),
}
_BREAKS: dict[str, str | Promise] = {
    "missing_at_other": _("Missing on the other side"),
    "missing_in_ledger": _("Missing in our books"),
    "duplicate": _("Sent twice"),
    "amount": _("Other amount"),
    "currency": _("Other currency"),
}
_LEGS: dict[str, str | Promise] = {
    "clearing": _("Provider"),
    "bank": _("Bank"),
    "clearing ledger": _("Our claim on the provider"),
    "clearing other": _("Provider's file"),
    "bank ledger": _("Our bank account"),
    "bank other": _("Bank statement"),
}
_RULES: dict[str, str | Promise] = {
    "exact": _("exact"),
    "named": _("by reference"),
    "windowed": _("by amount and day"),
    "batch": _("as a sum"),
    "many": _("several to one"),
    "tolerance": _("within tolerance"),
    "manual": _("by hand"),
    "expected": _("awaited transfer"),
}


def break_word(kind: str) -> str:
    """Why a line is a break."""
    return str(_BREAKS.get(kind) or plain_word(kind))


def leg_word(leg: str, side: str = "") -> str:
    """A leg of reconciliation, or one side of it."""
    return str(_LEGS.get(f"{leg} {side}".strip()) or plain_word(leg))


def rule_word(rule: str) -> str:
    """How lines were matched."""
    return str(_RULES.get(rule) or plain_word(rule))


def account_word(code: str, *, own: bool = False) -> str:
    """The name of an account's code, to its owner with `own`; "escrow:<order>" is the escrow of one order."""
    head = code.partition(":")[0]
    return str((_OWN.get(head) if own else None) or _ACCOUNTS.get(head) or plain_word(head))


def journal_word(kind: str) -> str:
    """What a journal of this kind did."""
    return str(_JOURNALS.get(kind) or plain_word(kind))


def stage_word(stage: str) -> str:
    """The step of an order's money."""
    return str(_STAGES.get(stage) or plain_word(stage))


def class_word(name: str) -> str:
    """The class of an account, in the plural."""
    return str(_CLASSES.get(name) or plain_word(name))


def method_word(method: str) -> str:
    """The name of a method of payment."""
    return str(_METHODS.get(method) or _SCHEMES.get(method) or plain_word(method))


def refusal_word(code: str, limit: str) -> str:
    """Why a method was not offered."""
    said = RISKS.get(limit, limit) if code == "risk" else limit
    return str(_REFUSALS[code]) % {"limit": said} if code in _REFUSALS else plain_word(code)


def stuck_word(code: str) -> str:
    """Why free money could not be shared out."""
    return str(_STUCK.get(code) or plain_word(code))


def dispute_word(reason: str) -> str:
    """Why a buyer's bank asks for money back."""
    return str(_DISPUTES.get(reason) or plain_word(reason))


def plain_word(code: str) -> str:
    """A code that nobody gave words to, as readable as it can be."""
    return code.replace("_", " ").replace(".", " ").replace("-", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Leg:
    """What of an order's money went one way; `own` is what the authority is owed in its own money."""

    word: str
    amount: Money
    note: str = ""
    own: Money | None = None


def share_lines(money: MoneyView, services: Iterable[tuple[ServiceShare, Money]]) -> list[Leg]:
    """Where an order's money went out of escrow: whose share, how much of it, and by which line of the rate list.

    In the order's currency, so that it adds up to what was put into escrow; nothing before it was shared out.
    """
    if not (settled := money.settlement):
        return []
    currency = str(settled["currency"])
    border = sum(int(settled[name]) for name in ("duty_minor", "tax_minor", "fees_minor"))
    names = ("seller_minor", "freight_minor", "commission_minor", "commission_vat_minor")
    legs = [
        Leg(str(_SHARES[name]), Money(int(settled[name]), currency), _rule(settled, name)) for name in names
    ]
    legs.append(Leg(str(_SHARES["authority"]), Money(border, currency), own=_there(settled)))
    legs += [
        Leg(str(_SHARES[one.service]), amount, f"{one.rate} × {one.quantity}") for one, amount in services
    ]
    others = [(step, minor) for step, minor in money.went_out.items() if step not in ("paid", "released")]
    legs += [Leg(stage_word(step), Money(minor, currency)) for step, minor in others]
    return [leg for leg in legs if leg.amount]


def _rule(settled: Mapping[str, Any], name: str) -> str:
    return str(settled["commission_rule"]) if name == "commission_minor" else ""


def _there(settled: Mapping[str, Any]) -> Money | None:
    """What the authority is owed in its own money, where that is another."""
    currency = str(settled["authority_currency"])
    if not currency or currency == settled["currency"]:
        return None
    return Money(int(settled["authority_minor"]), currency)
