"""Risk: screening of names against published lists, and the cases people decide.

load_lists(settings.SHARED_DATA / "screening", now=now)
results = screen_names([ScreenRequest("order-1", "Obsidian Heron Trading", "AE")], now=now)
kept = record_screenings([ScreeningRecord(buyer_id, [order_id], results[0], seller_id)], now=now, actor="flow")
"""

from __future__ import annotations

from fondaco.systems.risk.batch import BadNames, ScreenFileReport, index_of_folder, screen_file
from fondaco.systems.risk.decisions import (
    ReasonMissing,
    SamePerson,
    UnknownVerdict,
    confirm_decision,
    propose_decision,
    reopen_case,
    return_decision,
)
from fondaco.systems.risk.domain.lists import BadList
from fondaco.systems.risk.domain.screening import Match, ScreenRequest, ScreenResult
from fondaco.systems.risk.dto import (
    CaseDetail,
    CaseDTO,
    EntryDTO,
    ListDTO,
    LoadedList,
    LoadReport,
    RecordedScreening,
    RescreenReport,
    ScreeningDTO,
    ScreeningRecord,
    StepDTO,
)
from fondaco.systems.risk.models import CaseState, Outcome, Verdict
from fondaco.systems.risk.selectors import (
    case_detail,
    count_cases,
    list_screenings,
    listed_organisations,
    lists_in_force,
    open_cases,
    orders_of_case,
    screenings_for,
)
from fondaco.systems.risk.services import load_lists, record_screenings, rescreen, screen_names

__all__ = [
    "BadList",
    "BadNames",
    "CaseDTO",
    "CaseDetail",
    "CaseState",
    "EntryDTO",
    "ListDTO",
    "LoadReport",
    "LoadedList",
    "Match",
    "Outcome",
    "ReasonMissing",
    "RecordedScreening",
    "RescreenReport",
    "SamePerson",
    "ScreenFileReport",
    "ScreenRequest",
    "ScreenResult",
    "ScreeningDTO",
    "ScreeningRecord",
    "StepDTO",
    "UnknownVerdict",
    "Verdict",
    "case_detail",
    "confirm_decision",
    "count_cases",
    "list_screenings",
    "listed_organisations",
    "index_of_folder",
    "lists_in_force",
    "load_lists",
    "open_cases",
    "orders_of_case",
    "propose_decision",
    "record_screenings",
    "reopen_case",
    "rescreen",
    "return_decision",
    "screen_file",
    "screen_names",
    "screenings_for",
]
