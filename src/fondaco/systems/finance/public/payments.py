"""Payment methods, routing, tries, webhooks, refunds and disputes."""

from __future__ import annotations

from fondaco.systems.finance.adapters.bank_client import BankClient
from fondaco.systems.finance.adapters.bank_simulator import BankFaults, BankSimulator
from fondaco.systems.finance.adapters.card_page import CardPages
from fondaco.systems.finance.adapters.offline import BankTransferIn, CashOnDelivery
from fondaco.systems.finance.adapters.provider_client import CardPageClient, ProviderClient
from fondaco.systems.finance.adapters.provider_simulator import Faults, ProviderSimulator
from fondaco.systems.finance.adapters.settlement_file import BadSettlementFile, read_settlement_file
from fondaco.systems.finance.adapters.statement_writer import house_iban
from fondaco.systems.finance.adapters.webhook_sender import WebhookFaults, WebhookSender
from fondaco.systems.finance.browsing import browse_payments
from fondaco.systems.finance.domain.baskets import BadBasket, BasketDTO, BasketRequest
from fondaco.systems.finance.domain.cards import CardNumberRefused, is_card_number, masked, refuse_card_number
from fondaco.systems.finance.domain.connectors import Connector, NoConnector, PaymentDesk
from fondaco.systems.finance.domain.disputes import (
    BadAnswer,
    BadDispute,
    DisputeDTO,
    DisputeNotFound,
    DisputeTooLate,
    check_statement,
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
from fondaco.systems.finance.domain.payments import (
    AlreadyPaid,
    BadCapture,
    BadPayment,
    Charge,
    Outcome,
    PageUnavailable,
    PaymentDTO,
    PaymentGateway,
    PaymentRequest,
    ProviderConfused,
    ProviderFile,
    ProviderLine,
    ProviderSilent,
)
from fondaco.systems.finance.domain.references import reference_for
from fondaco.systems.finance.domain.refunds import RefundDTO, RefundRequest
from fondaco.systems.finance.domain.webhooks import (
    WebhookContradicts,
    WebhookForeign,
    WebhookNoteDTO,
    WebhookReplayed,
    WebhookTooOld,
    WebhookUnreadable,
    WebhookUnsigned,
)
from fondaco.systems.finance.rules import methods_for, payment_methods
from fondaco.systems.finance.selectors import (
    list_payments,
    other_payments,
    payments_at,
    payments_for,
    provider_fees,
)
from fondaco.systems.finance.services.baskets import (
    basket_of,
    basket_page,
    list_baskets,
    make_basket,
    paid_together,
    poll_basket,
    take_basket,
)
from fondaco.systems.finance.services.captures import ask_captures_again, capture_payment, void_payment
from fondaco.systems.finance.services.checkout import (
    BuyerPage,
    close_payment_page,
    lapse_transfers,
    lock_authorised,
    open_payment_page,
    pay_until,
    payments_of,
    poll_payment,
    withdraw_payment,
)
from fondaco.systems.finance.services.collections import (
    ToCollect,
    book_collection,
    cash_to_collect,
)
from fondaco.systems.finance.services.disputes import (
    accept_dispute,
    challenge_dispute,
    dispute_of,
    expire_disputes,
    list_disputes,
)
from fondaco.systems.finance.services.payments import (
    count_open_payments,
    hear_outcomes,
    poll_unknown,
    take_payments,
)
from fondaco.systems.finance.services.refunds import (
    ask_refunds_again,
    count_open_refunds,
    owe_refunds,
    refund_returns,
)
from fondaco.systems.finance.services.webhooks import (
    ensure_connection,
    list_webhooks,
    purge_refused,
    receive_webhook,
)

__all__ = [
    "RISKS",
    "AlreadyPaid",
    "BadAnswer",
    "BadBasket",
    "BadCapture",
    "BadDispute",
    "BadPayment",
    "BadSettlementFile",
    "BankClient",
    "BankFaults",
    "BankSimulator",
    "BankTransferIn",
    "Basket",
    "BasketDTO",
    "BasketRequest",
    "BuyerPage",
    "CardNumberRefused",
    "CardPageClient",
    "CardPages",
    "CashOnDelivery",
    "Charge",
    "Connector",
    "DisputeDTO",
    "DisputeNotFound",
    "DisputeTooLate",
    "Faults",
    "MatrixRow",
    "Menu",
    "Method",
    "MethodNotOffered",
    "MethodRefusal",
    "NoConnector",
    "NoMethod",
    "Outcome",
    "PageUnavailable",
    "PaymentDTO",
    "PaymentDesk",
    "PaymentGateway",
    "PaymentRequest",
    "ProviderClient",
    "ProviderConfused",
    "ProviderFile",
    "ProviderLine",
    "ProviderSilent",
    "ProviderSimulator",
    "RefundDTO",
    "RefundRequest",
    "ToCollect",
    "WebhookContradicts",
    "WebhookFaults",
    "WebhookForeign",
    "WebhookNoteDTO",
    "WebhookReplayed",
    "WebhookSender",
    "WebhookTooOld",
    "WebhookUnreadable",
    "WebhookUnsigned",
    "accept_dispute",
    "ask_captures_again",
    "ask_refunds_again",
    "basket_of",
    "basket_page",
    "book_collection",
    "browse_payments",
    "capture_payment",
    "cash_to_collect",
    "challenge_dispute",
    "check_statement",
    "close_payment_page",
    "count_open_payments",
    "count_open_refunds",
    "dispute_of",
    "ensure_connection",
    "expire_disputes",
    "hear_outcomes",
    "house_iban",
    "is_card_number",
    "lapse_transfers",
    "list_baskets",
    "list_disputes",
    "list_payments",
    "list_webhooks",
    "lock_authorised",
    "make_basket",
    "masked",
    "methods_for",
    "open_payment_page",
    "other_payments",
    "owe_refunds",
    "paid_together",
    "pay_until",
    "payment_methods",
    "payments_at",
    "payments_for",
    "payments_of",
    "poll_basket",
    "poll_payment",
    "poll_unknown",
    "provider_fees",
    "purge_refused",
    "read_settlement_file",
    "receive_webhook",
    "reference_for",
    "refund_returns",
    "refuse_card_number",
    "take_basket",
    "take_payments",
    "void_payment",
    "withdraw_payment",
]
