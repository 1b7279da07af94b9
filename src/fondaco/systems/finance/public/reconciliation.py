"""Settlement files, bank statements and the desk where they are reconciled."""

from __future__ import annotations

from fondaco.systems.finance.adapters.camt import BadStatement, BankStatement, read_statements
from fondaco.systems.finance.adapters.iso20022 import BadBankMessage, Debtor
from fondaco.systems.finance.domain.expected import (
    BadExpectation,
    Expectation,
    ExpectationChanged,
    ExpectationNotFound,
    ExpectedDTO,
    ExpectedPage,
)
from fondaco.systems.finance.models import ExpectedState
from fondaco.systems.finance.reconciling import (
    BreakDTO,
    BreakPage,
    FileDTO,
    LineDTO,
    MatchingFacts,
    MatchRate,
    break_of,
    browse_breaks,
    count_breaks,
    list_files,
    match_rates,
    matching_facts,
)
from fondaco.systems.finance.services.expected import (
    browse_expected,
    expect_payment,
    expected_payment,
    expected_payments,
    receive_expected,
    withdraw_expected,
)
from fondaco.systems.finance.services.provider_files import FileReport, book_provider_file
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
from fondaco.systems.finance.services.recon_plan import PlanChanged, PlannedLine
from fondaco.systems.finance.services.reconciliation import (
    LEGS,
    FileChanged,
    RunReport,
    TakenFile,
    run_reconciliation,
    take_bank_statement,
    take_provider_file,
    take_transfers,
)

__all__ = [
    "LEGS",
    "BadBankMessage",
    "BadExpectation",
    "BadStatement",
    "BankStatement",
    "BreakDTO",
    "BreakNotFound",
    "BreakPage",
    "Debtor",
    "Expectation",
    "ExpectationChanged",
    "ExpectationNotFound",
    "ExpectedDTO",
    "ExpectedPage",
    "ExpectedState",
    "FileChanged",
    "FileDTO",
    "FileReport",
    "LineDTO",
    "MatchRate",
    "MatchingFacts",
    "NoMatch",
    "NoReason",
    "PlanChanged",
    "PlannedLine",
    "RunReport",
    "TakenFile",
    "approve_write_off",
    "assign_break",
    "book_provider_file",
    "break_of",
    "browse_breaks",
    "browse_expected",
    "count_breaks",
    "expect_payment",
    "expected_payment",
    "expected_payments",
    "list_files",
    "match_by_hand",
    "match_rates",
    "matching_facts",
    "propose_write_off",
    "read_statements",
    "receive_expected",
    "reject_write_off",
    "run_reconciliation",
    "take_bank_statement",
    "take_provider_file",
    "take_transfers",
    "withdraw_expected",
]
