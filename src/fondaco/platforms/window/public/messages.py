"""Messages of the authorities: GACC, CDS, EDIFACT, H7, ITMATT, US entries."""

from __future__ import annotations

from fondaco.platforms.window.adapters.gacc import KeyFileExists, make_trial_key
from fondaco.platforms.window.cds_intake import notifications_of, take_in_cds
from fondaco.platforms.window.cds_messages import (
    CdsRefused,
    CdsResponse,
    CdsView,
    NotForCds,
    OversizedXml,
    is_cds,
    parse_cds,
    parse_cds_response,
    receive_cds,
    render_cds,
    render_cds_by_lrn,
    render_cds_of,
)
from fondaco.platforms.window.declaration_edifact import (
    EdifactView,
    read_cusdec,
    read_edifact,
    receive_cusres,
    render_cuscar,
)
from fondaco.platforms.window.declaration_messages import (
    MessageExtras,
    MessageView,
    read_gacc,
    receive_gacc,
    render_gacc,
    render_gacc_by_lrn,
)
from fondaco.platforms.window.declaration_papers import (
    PAPERS,
    Paper,
    faults_of_h7,
    read_paper,
    unverified_papers,
    write_paper,
    write_paper_by_lrn,
)
from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.gateway import PaymentDataGateway
from fondaco.platforms.window.domain.messages.edifact.cuscar import Carriage
from fondaco.platforms.window.gacc_bills import count_tax_bills
from fondaco.platforms.window.gacc_cancelling import NotWithdrawable, can_withdraw, withdraw_list
from fondaco.platforms.window.gacc_intake import take_in_gacc
from fondaco.platforms.window.gacc_lodging import lodge_papers
from fondaco.platforms.window.gacc_payments import (
    OpenRequest,
    PaidTransaction,
    hear_payment_request,
    is_customs_address,
    lodge_payment_data,
    open_payment_requests,
    payment_data_secret,
    request_one,
)
from fondaco.platforms.window.gacc_voyages import (
    Voyage,
    count_papers,
    lodge_voyages,
    orders_not_departed,
    orders_to_report,
)
from fondaco.platforms.window.us_entries import UsEntryView, read_us_entry

__all__ = [
    "PAPERS",
    "Carriage",
    "CdsRefused",
    "CdsResponse",
    "CdsView",
    "Declared",
    "EdifactView",
    "KeyFileExists",
    "MessageExtras",
    "MessageView",
    "NotForCds",
    "NotWithdrawable",
    "OpenRequest",
    "OversizedXml",
    "PaidTransaction",
    "Paper",
    "PaymentDataGateway",
    "UsEntryView",
    "Voyage",
    "can_withdraw",
    "count_papers",
    "count_tax_bills",
    "faults_of_h7",
    "hear_payment_request",
    "is_cds",
    "is_customs_address",
    "lodge_papers",
    "lodge_payment_data",
    "lodge_voyages",
    "make_trial_key",
    "notifications_of",
    "open_payment_requests",
    "orders_not_departed",
    "orders_to_report",
    "parse_cds",
    "parse_cds_response",
    "payment_data_secret",
    "read_cusdec",
    "read_edifact",
    "read_gacc",
    "read_paper",
    "read_us_entry",
    "receive_cds",
    "receive_cusres",
    "receive_gacc",
    "render_cds",
    "render_cds_by_lrn",
    "render_cds_of",
    "render_cuscar",
    "render_gacc",
    "render_gacc_by_lrn",
    "request_one",
    "take_in_cds",
    "take_in_gacc",
    "unverified_papers",
    "withdraw_list",
    "write_paper",
    "write_paper_by_lrn",
]
