"""Risk: names screened against published lists, the cases people decide, and whether goods may go there.

load_lists(settings.SHARED_DATA / "screening", now=now)
results = screen_names([ScreenRequest("order-1", "Obsidian Heron Trading", "AE")], now=now)
kept = record_screenings([ScreeningRecord(buyer_id, [order_id], results[0], seller_id)], now=now, actor="flow")
verdict = assess_goods([(GoodsItem("vape pod kit", "854340"), "SG")], on=now.date())[0]
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
from fondaco.systems.risk.domain.goods import (
    EFFECTS,
    Finding,
    GoodsItem,
    GoodsRule,
    GoodsVerdict,
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
from fondaco.systems.risk.goods import (
    BadGoods,
    BadLicence,
    LicenceDraft,
    LicenceDTO,
    LicenceNotFound,
    assess_goods,
    goods_map,
    licences_of,
    record_licence,
    withdraw_licence,
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
    "EFFECTS",
    "BadGoods",
    "BadLicence",
    "BadList",
    "BadNames",
    "CaseDTO",
    "CaseDetail",
    "CaseState",
    "EntryDTO",
    "Finding",
    "GoodsItem",
    "GoodsRule",
    "GoodsVerdict",
    "LicenceDTO",
    "LicenceDraft",
    "LicenceNotFound",
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
    "assess_goods",
    "case_detail",
    "confirm_decision",
    "count_cases",
    "goods_map",
    "index_of_folder",
    "licences_of",
    "list_screenings",
    "listed_organisations",
    "lists_in_force",
    "load_lists",
    "open_cases",
    "orders_of_case",
    "propose_decision",
    "record_licence",
    "record_screenings",
    "reopen_case",
    "rescreen",
    "return_decision",
    "screen_file",
    "screen_names",
    "screenings_for",
    "withdraw_licence",
]
