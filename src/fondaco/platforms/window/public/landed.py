"""What goods cost when they have landed; tariffs, regimes and quotas."""

from __future__ import annotations

from fondaco.platforms.window.assessing import (
    AssessedItem,
    AssessedLine,
    Assessment,
    assess_cds,
    assess_own_declaration,
    assessment_as_json,
)
from fondaco.platforms.window.domain.landed_bill import Difference
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_parts import OrderPart
from fondaco.platforms.window.domain.landed_terms import BorderTerms
from fondaco.platforms.window.domain.landed_types import (
    Charges,
    LandedLine,
    LandedLineResult,
    LandedQuote,
    LandedRequest,
    Missing,
    Note,
    NotPriced,
    PartCharges,
    Step,
)
from fondaco.platforms.window.landed import (
    GoldenDTO,
    border_terms,
    calculate,
    check_goldens,
    landed_engine,
    open_quotas,
    quota_asks,
    quote_landed_costs,
    quote_orders_in_parts,
    replay_order,
    within_one_territory,
)
from fondaco.platforms.window.landed_proof import (
    DeclaredSums,
    Reconciliation,
    Replay,
    declared_sums,
    reconcile_landed,
)
from fondaco.platforms.window.landed_store import (
    LandedDTO,
    landed_quote_for,
    landed_schemes_for,
    landed_trace,
    save_landed_quotes,
)
from fondaco.platforms.window.quotas import (
    QuotaAsk,
    QuotaDTO,
    QuotaUsedUp,
    free_quota,
    quota_accounts,
    reserve_quotas,
    use_quota,
)
from fondaco.platforms.window.regime_load import RegimesLoaded, ensure_regimes
from fondaco.platforms.window.regime_sheets import RegimeSheet, RuleSheet, regime_sheets, schemes_at
from fondaco.platforms.window.releases import ReleaseDTO, releases_held
from fondaco.platforms.window.schemes import Scheme, known_schemes, schemes_open_to
from fondaco.platforms.window.tariff_browse import (
    DestinationDTO,
    DutyDTO,
    TariffHit,
    destinations,
    find_tariff,
    search_tariff,
)
from fondaco.platforms.window.tariff_editions import Change, EditionReport, Shrunk, load_edition
from fondaco.platforms.window.tariff_load import TariffsLoaded, ensure_tariffs
from fondaco.platforms.window.tariff_rows import BadTariffFile, WrongYear
from fondaco.platforms.window.tariff_tree import (
    EndDTO,
    NodeDTO,
    TariffPage,
    chapters,
    find_lines,
    tariff_page,
)

__all__ = [
    "AssessedItem",
    "AssessedLine",
    "Assessment",
    "BadTariffFile",
    "BorderTerms",
    "Change",
    "Charges",
    "DeclaredSums",
    "DestinationDTO",
    "Difference",
    "DutyDTO",
    "EditionReport",
    "EndDTO",
    "GoldenDTO",
    "LandedDTO",
    "LandedEngine",
    "LandedLine",
    "LandedLineResult",
    "LandedQuote",
    "LandedRequest",
    "Missing",
    "NodeDTO",
    "NotPriced",
    "Note",
    "OrderPart",
    "PartCharges",
    "QuotaAsk",
    "QuotaDTO",
    "QuotaUsedUp",
    "Reconciliation",
    "RegimeSheet",
    "RegimesLoaded",
    "ReleaseDTO",
    "Replay",
    "RuleSheet",
    "Scheme",
    "Shrunk",
    "Step",
    "TariffHit",
    "TariffPage",
    "TariffsLoaded",
    "WrongYear",
    "assess_cds",
    "assess_own_declaration",
    "assessment_as_json",
    "border_terms",
    "calculate",
    "chapters",
    "check_goldens",
    "declared_sums",
    "destinations",
    "ensure_regimes",
    "ensure_tariffs",
    "find_lines",
    "find_tariff",
    "free_quota",
    "known_schemes",
    "landed_engine",
    "landed_quote_for",
    "landed_schemes_for",
    "landed_trace",
    "load_edition",
    "open_quotas",
    "quota_accounts",
    "quota_asks",
    "quote_landed_costs",
    "quote_orders_in_parts",
    "reconcile_landed",
    "regime_sheets",
    "releases_held",
    "replay_order",
    "reserve_quotas",
    "save_landed_quotes",
    "schemes_at",
    "schemes_open_to",
    "search_tariff",
    "tariff_page",
    "use_quota",
    "within_one_territory",
]
