"""The finance room's door: ledger, rates, payments, settlement, refunds, payouts."""

from __future__ import annotations

from fondaco.systems.finance.adapters.provider_client import ProviderClient, read_settlement_file
from fondaco.systems.finance.adapters.provider_simulator import Faults, ProviderSimulator
from fondaco.systems.finance.domain.commission import Commission, NoCommissionRule
from fondaco.systems.finance.domain.fx import Conversion, DatedRate, NoRate, RateTooOld
from fondaco.systems.finance.domain.ledger import (
    HOUSE,
    AccountKey,
    AlreadyReversed,
    BadJournal,
    Balance,
    Entry,
    EntryView,
    HoldNotOpen,
    InsufficientFunds,
    JournalDraft,
    JournalNotFound,
    KeyReused,
    Posted,
    Unbalanced,
)
from fondaco.systems.finance.domain.money_view import FxView, MoneyView, StageView
from fondaco.systems.finance.domain.payments import (
    AlreadyPaid,
    BadPayment,
    PaymentDTO,
    PaymentGateway,
    PaymentRequest,
    ProviderConfused,
    ProviderFile,
    ProviderLine,
)
from fondaco.systems.finance.domain.payouts import PayoutDTO, PayoutNotFound
from fondaco.systems.finance.domain.refunds import RefundDTO, RefundRequest
from fondaco.systems.finance.domain.settlement import SettlementDTO, SettlementRequest
from fondaco.systems.finance.models import HoldState, PaymentState, PayoutState, RefundState
from fondaco.systems.finance.rules import Method, methods_for
from fondaco.systems.finance.selectors import (
    EscrowSum,
    TrialLine,
    balances,
    balances_of,
    escrow_of,
    list_payments,
    list_payouts,
    money_in_escrow,
    money_of_order,
    my_balances,
    payments_for,
    statement,
    trial_balance,
    trial_balance_table,
)
from fondaco.systems.finance.services.commissions import ensure_commission_rules
from fondaco.systems.finance.services.ledger import (
    HoldDTO,
    capture_hold,
    expire_holds,
    place_hold,
    post_journals,
    reverse_journal,
    void_hold,
)
from fondaco.systems.finance.services.payments import poll_unknown, take_payments
from fondaco.systems.finance.services.payouts import DUES, bounce_payouts, confirm_payouts, create_payouts
from fondaco.systems.finance.services.provider_files import FileReport, book_provider_file
from fondaco.systems.finance.services.rates import (
    RateReport,
    convert,
    ensure_rates,
    rate,
    rate_source,
    rates_for,
)
from fondaco.systems.finance.services.refunds import refund_returns
from fondaco.systems.finance.services.seal import Finding, seal_chain, verify
from fondaco.systems.finance.services.settlement import settle_orders

__all__ = [
    "DUES",
    "HOUSE",
    "AccountKey",
    "AlreadyPaid",
    "AlreadyReversed",
    "BadJournal",
    "BadPayment",
    "Balance",
    "Commission",
    "Conversion",
    "DatedRate",
    "Entry",
    "EntryView",
    "EscrowSum",
    "Faults",
    "FileReport",
    "Finding",
    "FxView",
    "HoldDTO",
    "HoldNotOpen",
    "HoldState",
    "InsufficientFunds",
    "JournalDraft",
    "JournalNotFound",
    "KeyReused",
    "Method",
    "MoneyView",
    "NoCommissionRule",
    "NoRate",
    "PaymentDTO",
    "PaymentGateway",
    "PaymentRequest",
    "PaymentState",
    "PayoutDTO",
    "PayoutNotFound",
    "PayoutState",
    "Posted",
    "ProviderClient",
    "ProviderConfused",
    "ProviderFile",
    "ProviderLine",
    "ProviderSimulator",
    "RateReport",
    "RateTooOld",
    "RefundDTO",
    "RefundRequest",
    "RefundState",
    "SettlementDTO",
    "SettlementRequest",
    "StageView",
    "TrialLine",
    "Unbalanced",
    "balances",
    "balances_of",
    "book_provider_file",
    "bounce_payouts",
    "capture_hold",
    "confirm_payouts",
    "convert",
    "create_payouts",
    "ensure_commission_rules",
    "ensure_rates",
    "escrow_of",
    "expire_holds",
    "list_payments",
    "list_payouts",
    "methods_for",
    "money_in_escrow",
    "money_of_order",
    "my_balances",
    "payments_for",
    "place_hold",
    "poll_unknown",
    "post_journals",
    "rate",
    "rate_source",
    "rates_for",
    "read_settlement_file",
    "refund_returns",
    "reverse_journal",
    "seal_chain",
    "settle_orders",
    "statement",
    "take_payments",
    "trial_balance",
    "trial_balance_table",
    "verify",
    "void_hold",
]
