"""Returns that are filed under a scheme at sale: the monthly IOSS return."""

from __future__ import annotations

from fondaco.platforms.window.domain.ioss import (
    CorrectionLine,
    IossRefused,
    IossReturn,
    Period,
    SupplyLine,
    corrections_owed,
)
from fondaco.platforms.window.domain.ioss import Sale as IossSale
from fondaco.platforms.window.domain.ioss import read_return as read_ioss_return
from fondaco.platforms.window.domain.ioss import render_csv as render_ioss_csv
from fondaco.platforms.window.domain.ioss import render_xml as render_ioss_xml
from fondaco.platforms.window.ioss_returns import (
    FilingDTO,
    IossFiled,
    IossNotDue,
    draw_up_ioss_return,
    file_ioss_return,
    ioss_filings,
    member_states,
)
from fondaco.platforms.window.landed_store import landed_under

__all__ = [
    "CorrectionLine",
    "FilingDTO",
    "IossFiled",
    "IossNotDue",
    "IossRefused",
    "IossReturn",
    "IossSale",
    "Period",
    "SupplyLine",
    "corrections_owed",
    "draw_up_ioss_return",
    "file_ioss_return",
    "ioss_filings",
    "landed_under",
    "member_states",
    "read_ioss_return",
    "render_ioss_csv",
    "render_ioss_xml",
]
