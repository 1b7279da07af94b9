"""The finance room's door: ledger, rates, payments, settlement, refunds, payouts."""

from __future__ import annotations

from fondaco.systems.finance.adapters.bank_client import BankClient
from fondaco.systems.finance.adapters.bank_simulator import BankFaults, BankSimulator
from fondaco.systems.finance.adapters.camt import BadStatement, BankStatement, read_statements
from fondaco.systems.finance.adapters.iso20022 import (
    BadBankMessage,
    Debtor,
)
from fondaco.systems.finance.adapters.offline import (
    BankTransferIn,
    CashOnDelivery,
)
from fondaco.systems.finance.adapters.provider_client import ProviderClient, read_settlement_file
from fondaco.systems.finance.adapters.provider_simulator import Faults, ProviderSimulator
from fondaco.systems.finance.adapters.webhook_sender import (
    WebhookFaults,
    WebhookSender,
)
from fondaco.systems.finance.browsing import (
    AccountLine,
    JournalView,
    PaymentFilter,
    PaymentLine,
    PaymentPage,
    PayoutLine,
    PayoutPage,
    Statement,
    account_statement,
    browse_accounts,
    browse_payments,
    browse_payouts,
    journal_of,
    payment_of,
)
from fondaco.systems.finance.domain.cards import (
    CardNumberRefused,
    is_card_number,
    masked,
    refuse_card_number,
)
from fondaco.systems.finance.domain.commission import Commission, NoCommissionRule
from fondaco.systems.finance.domain.connectors import (
    Connector,
    NoConnector,
    PaymentDesk,
)
from fondaco.systems.finance.domain.disputes import (
    BadDispute,
    DisputeDTO,
    DisputeNotFound,
    DisputeTooLate,
)
from fondaco.systems.finance.domain.einvoice import (
    Invoice,
    InvoiceLine,
    InvoiceParty,
    VatGroup,
)
from fondaco.systems.finance.domain.en16931 import (
    Breach,
    InvoiceBreaksRule,
    breaches,
)
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
    PeriodClosed,
    Posted,
    Unbalanced,
)
from fondaco.systems.finance.domain.methods import (
    RISKS,
    Basket,
    MatrixRow,
    Menu,
    Method,
    MethodNotOffered,
    MethodRefusal,
    NoMethod,
)
from fondaco.systems.finance.domain.money_view import FxView, MoneyView, StageView
from fondaco.systems.finance.domain.payments import (
    AlreadyPaid,
    BadCapture,
    BadPayment,
    Outcome,
    PaymentDTO,
    PaymentGateway,
    PaymentRequest,
    ProviderConfused,
    ProviderFile,
    ProviderLine,
)
from fondaco.systems.finance.domain.payout_policy import (
    BadPolicy,
    Policy,
    PolicyDTO,
)
from fondaco.systems.finance.domain.payouts import (
    BankAnswer,
    BankGateway,
    BankOrder,
    BankReport,
    PayoutDTO,
    PayoutNotFound,
)
from fondaco.systems.finance.domain.references import (
    is_reference,
    reference_for,
)
from fondaco.systems.finance.domain.refunds import RefundDTO, RefundRequest
from fondaco.systems.finance.domain.settlement import SettlementDTO, SettlementRequest
from fondaco.systems.finance.domain.taxes import (
    ReturnNotDue,
    ReturnNotFound,
    TaxItemDTO,
    TaxReturnDTO,
)
from fondaco.systems.finance.domain.webhooks import (
    WebhookContradicts,
    WebhookForeign,
    WebhookNoteDTO,
    WebhookReplayed,
    WebhookTooOld,
    WebhookUnreadable,
    WebhookUnsigned,
)
from fondaco.systems.finance.models import (
    AttemptOutcome,
    DisputeState,
    Every,
    HoldState,
    NoteState,
    PaymentState,
    PayoutState,
    RefundState,
    ReturnState,
)
from fondaco.systems.finance.reconciling import (
    BreakDTO,
    BreakPage,
    FileDTO,
    LineDTO,
    break_of,
    browse_breaks,
    count_breaks,
    list_files,
)
from fondaco.systems.finance.rules import (
    methods_for,
    payment_methods,
)
from fondaco.systems.finance.selectors import (
    AttemptView,
    EscrowSum,
    TrialLine,
    attempts_of,
    balances,
    balances_of,
    count_payouts,
    count_payouts_in_transit,
    escrow_of,
    list_payments,
    list_payouts,
    money_in_escrow,
    money_of_order,
    my_balances,
    payments_at,
    payments_for,
    refunded_from_escrow,
    statement,
    trial_balance,
    trial_balance_table,
)
from fondaco.systems.finance.services.captures import (
    capture_payment,
    void_payment,
)
from fondaco.systems.finance.services.collections import (
    CreditLine,
    book_collection,
    book_credits,
    book_statement_credits,
)
from fondaco.systems.finance.services.commissions import ensure_commission_rules
from fondaco.systems.finance.services.disputes import (
    accept_dispute,
    challenge_dispute,
    dispute_of,
    expire_disputes,
    list_disputes,
)
from fondaco.systems.finance.services.fee_invoices import (
    FeeInvoiceDTO,
    IssueReport,
    fee_invoice_of,
    issue_fee_invoices,
    list_fee_invoices,
    months_to_invoice,
)
from fondaco.systems.finance.services.invariants import (
    ALARM,
    CheckDTO,
    Finding,
    check_books,
    last_check,
    verify,
)
from fondaco.systems.finance.services.ledger import (
    HoldDTO,
    capture_hold,
    expire_holds,
    place_hold,
    post_journals,
    reverse_journal,
    void_hold,
)
from fondaco.systems.finance.services.payments import (
    count_open_payments,
    hear_outcomes,
    poll_unknown,
    take_payments,
)
from fondaco.systems.finance.services.payout_policies import (
    payout_policies,
    set_payout_policy,
)
from fondaco.systems.finance.services.payouts import (
    DUES,
    bounce_payouts,
    confirm_payouts,
    create_payouts,
    instruct_bank,
)
from fondaco.systems.finance.services.periods import (
    BadPeriod,
    PeriodDTO,
    PeriodNotFound,
    SameHand,
    close_period,
    list_periods,
    reopen_period,
    roll_snapshots,
)
from fondaco.systems.finance.services.provider_files import FileReport, book_provider_file
from fondaco.systems.finance.services.rates import (
    RateReport,
    convert,
    ensure_rates,
    rate,
    rate_source,
    rates_for,
)
from fondaco.systems.finance.services.recon_desk import (
    BreakNotFound,
    NoMatch,
    NoReason,
    approve_write_off,
    assign_break,
    match_by_hand,
    propose_write_off,
    reject_write_off,
)
from fondaco.systems.finance.services.reconciliation import (
    LEGS,
    FileChanged,
    RunReport,
    TakenFile,
    run_reconciliation,
    take_bank_statement,
    take_provider_file,
)
from fondaco.systems.finance.services.refunds import refund_returns
from fondaco.systems.finance.services.reports import (
    BUCKETS,
    AgedLine,
    EntryFilter,
    EntryPage,
    Owed,
    ageing,
    browse_entries,
    in_currency,
    liabilities,
)
from fondaco.systems.finance.services.seal import seal_chain
from fondaco.systems.finance.services.settlement import settle_orders
from fondaco.systems.finance.services.taxes import (
    file_return,
    list_returns,
    pay_return,
    return_of,
)
from fondaco.systems.finance.services.webhooks import (
    connection_of,
    ensure_connection,
    list_webhooks,
    purge_refused,
    receive_webhook,
)

__all__ = [
    "ALARM", "BUCKETS", "DUES", "HOUSE", "LEGS", "RISKS", "AccountKey", "AccountLine", "AgedLine",
    "AlreadyPaid", "AlreadyReversed", "AttemptOutcome", "AttemptView", "BadBankMessage", "BadCapture",
    "BadDispute", "BadJournal", "BadPayment", "BadPeriod", "BadPolicy", "BadStatement", "Balance",
    "BankAnswer", "BankClient", "BankFaults", "BankGateway", "BankOrder", "BankReport", "BankSimulator",
    "BankStatement", "BankTransferIn", "Basket", "Breach", "BreakDTO", "BreakNotFound", "BreakPage",
    "CardNumberRefused", "CashOnDelivery", "CheckDTO", "Commission", "Connector", "Conversion",
    "CreditLine", "DatedRate", "Debtor", "DisputeDTO", "DisputeNotFound", "DisputeState", "DisputeTooLate",
    "Entry", "EntryFilter", "EntryPage", "EntryView", "EscrowSum", "Every", "Faults", "FeeInvoiceDTO",
    "FileChanged", "FileDTO", "FileReport", "Finding", "FxView", "HoldDTO", "HoldNotOpen", "HoldState",
    "InsufficientFunds", "Invoice", "InvoiceBreaksRule", "InvoiceLine", "InvoiceParty", "IssueReport",
    "JournalDraft", "JournalNotFound", "JournalView", "KeyReused", "LineDTO", "MatrixRow", "Menu", "Method",
    "MethodNotOffered", "MethodRefusal", "MoneyView", "NoCommissionRule", "NoConnector", "NoMatch",
    "NoMethod", "NoRate", "NoReason", "NoteState", "Outcome", "Owed", "PaymentDTO", "PaymentDesk",
    "PaymentFilter", "PaymentGateway", "PaymentLine", "PaymentPage", "PaymentRequest", "PaymentState",
    "PayoutDTO", "PayoutLine", "PayoutNotFound", "PayoutPage", "PayoutState", "PeriodClosed", "PeriodDTO",
    "PeriodNotFound", "Policy", "PolicyDTO", "Posted", "ProviderClient", "ProviderConfused", "ProviderFile",
    "ProviderLine", "ProviderSimulator", "RateReport", "RateTooOld", "RefundDTO", "RefundRequest",
    "RefundState", "ReturnNotDue", "ReturnNotFound", "ReturnState", "RunReport", "SameHand",
    "SettlementDTO", "SettlementRequest", "StageView", "Statement", "TakenFile", "TaxItemDTO",
    "TaxReturnDTO", "TrialLine", "Unbalanced", "VatGroup", "WebhookContradicts", "WebhookFaults",
    "WebhookForeign", "WebhookNoteDTO", "WebhookReplayed", "WebhookSender", "WebhookTooOld",
    "WebhookUnreadable", "WebhookUnsigned", "accept_dispute", "account_statement", "ageing",
    "approve_write_off", "assign_break", "attempts_of", "balances", "balances_of", "book_collection",
    "book_credits", "book_provider_file", "book_statement_credits", "bounce_payouts", "breaches",
    "break_of", "browse_accounts", "browse_breaks", "browse_entries", "browse_payments", "browse_payouts",
    "capture_hold", "capture_payment", "challenge_dispute", "check_books", "close_period",
    "confirm_payouts", "connection_of", "convert", "count_breaks", "count_open_payments", "count_payouts",
    "count_payouts_in_transit", "create_payouts", "dispute_of", "ensure_commission_rules",
    "ensure_connection", "ensure_rates", "escrow_of", "expire_disputes", "expire_holds", "fee_invoice_of",
    "file_return", "hear_outcomes", "in_currency", "instruct_bank", "is_card_number", "is_reference",
    "issue_fee_invoices", "journal_of", "last_check", "liabilities", "list_disputes", "list_fee_invoices",
    "list_files", "list_payments", "list_payouts", "list_periods", "list_returns", "list_webhooks",
    "masked", "match_by_hand", "methods_for", "money_in_escrow", "money_of_order", "months_to_invoice",
    "my_balances", "pay_return", "payment_methods", "payment_of", "payments_at", "payments_for",
    "payout_policies", "place_hold", "poll_unknown", "post_journals", "propose_write_off", "purge_refused",
    "rate", "rate_source", "rates_for", "read_settlement_file", "read_statements", "receive_webhook",
    "reference_for", "refund_returns", "refunded_from_escrow", "refuse_card_number", "reject_write_off",
    "reopen_period", "return_of", "reverse_journal", "roll_snapshots", "run_reconciliation", "seal_chain",
    "set_payout_policy", "settle_orders", "statement", "take_bank_statement", "take_payments",
    "take_provider_file", "trial_balance", "trial_balance_table", "verify", "void_hold", "void_payment",
]  # fmt: skip
