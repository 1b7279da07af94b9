"""Returns that are filed under a scheme at sale, and tariff quotas as the authority tells them."""

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
from fondaco.platforms.window.domain.landed_bill import BillLine
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
from fondaco.platforms.window.tariff_quotas import (
    QuotaExhausted,
    QuotasLoaded,
    TariffQuotaDTO,
    check_quotas,
    load_quotas,
    tariff_quotas,
)

__all__ = [
    "BillLine",
    "CorrectionLine",
    "FilingDTO",
    "IossFiled",
    "IossNotDue",
    "IossRefused",
    "IossReturn",
    "IossSale",
    "Period",
    "QuotaExhausted",
    "QuotasLoaded",
    "SupplyLine",
    "TariffQuotaDTO",
    "check_quotas",
    "corrections_owed",
    "draw_up_ioss_return",
    "file_ioss_return",
    "ioss_filings",
    "landed_under",
    "load_quotas",
    "member_states",
    "read_ioss_return",
    "render_ioss_csv",
    "render_ioss_xml",
    "tariff_quotas",
]
