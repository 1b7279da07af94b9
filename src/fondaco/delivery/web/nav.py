"""The rail: what each kind of organisation may open, grouped by the storeys of the house."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.tenancy import Kind

_SELLER, _BUYER, _CUSTOMS, _CARRIER = Kind.SELLER, Kind.BUYER, Kind.CUSTOMS, Kind.CARRIER
_BANK, _PSP, _TAX, _PARK = Kind.BANK, Kind.PSP, Kind.TAX, Kind.PARK
_ALL = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Item:
    """One page of the rail. `words` are further words the command palette finds it by."""

    url_name: str
    icon: str
    label: str | Promise
    kinds: frozenset[Kind]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A storey."""

    title: str | Promise
    items: tuple[Item, ...]


def _item(url_name: str, icon: str, label: str | Promise, *kinds: Kind, words: str = "") -> Item:
    return Item(url_name, icon, label, frozenset({*kinds, Kind.PLATFORM}) if kinds else _ALL, words)


STOREYS: tuple[Group, ...] = (
    Group(_("Overview"), (_item("home", "house", _("Home"), words="start dashboard"),)),
    Group(
        _("Commerce"),
        (
            _item("orders", "inbox", _("Orders"), _SELLER, _BUYER, words="sales purchases"),
            _item("returns", "undo-2", _("Returns"), _SELLER, _BUYER, words="refund credit notes"),
            _item("return_centre", "package-open", _("Return centre"), _SELLER, _BUYER, _CUSTOMS,
                  words="returned goods clocks restock destroy claim drawback relief"),
            _item("products", "package", _("Products"), _SELLER, words="catalogue sku facts weight"),
            _item("flash_sales", "zap", _("Flash sales"), _SELLER, words="crowd queue waiting room monitor units"),
            Item("sales", "ticket", _("Flash sales"), frozenset({_BUYER}), "flash queue buy"),
            _item("imports", "upload", _("Import"), _SELLER, words="csv xlsx upload orders"),
        ),
    ),
    Group(
        _("Logistics"),
        (
            _item("consignments", "truck", _("Consignments"), _SELLER, _CARRIER, _BUYER, words="parcels tracking"),
            _item("clearances", "stamp", _("Collective clearance"), _CUSTOMS, _PARK, words="batch summary consolidation park"),
            _item("troubles", "triangle-alert", _("Shipments at risk"), _SELLER, _CARRIER, words="late customs silent returned exceptions"),
            _item("rates", "route", _("Rate explorer"), _SELLER, _CARRIER, words="quote freight services"),
            _item("warehouse", "warehouse", _("Warehouse day"), _SELLER, _PARK, words="pick pack receive count bench"),
            _item("stock", "boxes", _("Stock"), _SELLER, _PARK, words="inventory lots movements reservations"),
            _item("proposals", "package-plus", _("Replenishment"), _SELLER, _PARK, words="forecast order reorder"),
            _item("routes", "waypoints", _("Routes"), _SELLER, _CARRIER, _PARK, words="multimodal air sea rail frontier"),
            _item("board", "handshake", _("Information board"), _SELLER, _CARRIER, words="capacity cargo space match offer freight exchange"),
            _item("consolidations", "combine", _("Shared loads"), _SELLER, words="consolidation together trunk last mile groupage"),
            _item("carrier_channel", "webhook", _("Carrier channel"), _CARRIER, words="push events signed secret tracking"),
            _item("price_books", "book-open", _("Price books"), _SELLER, _CARRIER, words="rate card"),
        ),
    ),
    Group(
        _("Window"),
        (
            Item("desk", "gavel", _("Officer's desk"), frozenset({_CUSTOMS}), "queue decide release"),
            _item("declarations", "stamp", _("Declarations"), _SELLER, _CUSTOMS, _BUYER, _PARK, words="customs"),
            _item("strays", "inbox", _("Stray receipts"), Kind.PLATFORM, words="parked unknown answers attach dismiss"),
            _item("matches", "link", _("Match desk"), _SELLER, words="three documents order payment waybill accept"),
            _item("month_summaries", "calendar-check", _("Monthly summaries"), _SELLER, words="ceb701 607 summary lists 9610 month lodge"),
            _item("signing_keys", "key-round", _("Signing keys"), _SELLER, _CUSTOMS, words="certificate register signature approve revoke"),
            _item("rebates", "hand-coins", _("Export rebates"), _SELLER, _TAX, words="vat refund export 9810 invoices claim"),
            _item("assessment", "receipt-text", _("Duty on a declaration"), _SELLER, _CUSTOMS, words="assess cds uk hmrc tax vat"),
            _item("calculator", "calculator", _("Landed cost"), words="duty tax calculator"),
            _item("tariff", "list-tree", _("Tariff"), words="code duty hs nomenclature preference history"),
            _item("guide", "book-marked", _("Guide to destinations"), words="regime rules threshold scheme ioss vat"),
            _item("modes", "list-checks", _("Supervision modes"), words="9610 9710 9810 1210 h7 ioss type 86 procedure"),
        ),
    ),
    Group(
        _("Finance"),
        (
            _item("payments", "wallet", _("Payments"), _SELLER, _BUYER, _PSP, words="paid escrow card refund"),
            _item("baskets", "shopping-basket", _("Baskets"), _BUYER, words="pay together several sellers once"),
            _item("disputes", "scale", _("Disputes"), _SELLER, _PSP, words="chargeback evidence bank"),
            _item("tax_returns", "landmark", _("Tax returns"), _CUSTOMS, _TAX, words="vat ioss gst duty liabilities"),
            _item("ioss", "euro", _("IOSS returns"), _SELLER, words="vat one-stop shop monthly return union"),
            _item("fee_invoices", "receipt", _("Fee invoices"), _SELLER, words="commission invoice vat xml ubl en16931"),
            _item("provider_notes", "webhook", _("Webhooks of providers"), _PSP, words="inbox signed events"),
            _item("ledger", "book-open-check", _("Ledger"), _SELLER, _BUYER, _CARRIER, _BANK, _PSP, _CUSTOMS, _TAX,
                  words="statement balance accounts"),
            _item("trial_balance", "scale", _("Trial balance"), Kind.PLATFORM, words="ledger zero"),
            _item("ledger_reports", "layers", _("Liabilities and ageing"), Kind.PLATFORM, words="owed sellers open sums"),
            _item("reconciliation", "git-compare", _("Reconciliation"), Kind.PLATFORM,
                  words="match bank statement camt settlement file breaks"),
            _item("periods", "calendar-check", _("Periods"), Kind.PLATFORM, words="close month books"),
            _item("exposure", "arrow-left-right", _("Exchange"), _SELLER, _CARRIER, _BANK,
                  words="currency exposure rates quotes hedge forward cover risk"),
            _item("payouts", "banknote", _("Payouts"), _SELLER, _CARRIER, _BANK, _CUSTOMS, _TAX,
                  words="settlement cash"),
            _item("payout_policies", "hourglass", _("Payout policies"), _SELLER, _CARRIER,
                  words="reserve minimum schedule hold escrow days four eyes"),
        ),
    ),
    Group(
        _("Risk & Credit"),
        (
            _item("cases", "shield-alert", _("Screening cases"), Kind.PLATFORM, words="sanctions hits"),
            _item("screenings", "shield-check", _("Screenings"), _SELLER, words="sanctions parties names"),
            _item("compliance", "earth-lock", _("Compliance map"), _SELLER, _CUSTOMS,
                  words="prohibited restricted embargo licence dual-use where may it go"),
            _item("lists", "book-lock", _("Lists in force"), _SELLER, words="sanctions un ofac bis provenance"),
            _item("dossiers", "badge-check", _("Verification"), words="dossier kyc documents"),
        ),
    ),
    Group(_("Statistics"), (_item("statistics", "chart-column", _("Trade"), _SELLER, _CUSTOMS, _TAX, _PARK,
                                  words="map countries chart"),)),
    Group(
        _("House"),
        (
            _item("organisation", "building", _("Our organisation"), words="eori ioss number registration address"),
            _item("documents", "files", _("Documents"), words="invoice packing list cn23 label pdf share"),
            _item("audit", "scroll-text", _("Audit trail"), _SELLER, _BUYER, _CARRIER, _BANK, _CUSTOMS, _TAX, _PSP,
                  words="who did what log"),
            _item("api_keys", "key-round", _("API keys"), _SELLER, _BUYER, _CARRIER, _BANK, _CUSTOMS, words="token"),
            _item("webhooks", "webhook", _("Webhooks"), _SELLER, _BUYER, _CARRIER, _BANK, _CUSTOMS, words="events endpoints"),
        ),
    ),
)  # fmt: skip


# What the command palette does besides going to a page of the rail.
ACTIONS: tuple[Item, ...] = (
    _item("imports", "upload", _("Import a file of orders"), _SELLER, words="upload csv xlsx json"),
    _item(
        "orders_csv", "download", _("Take all orders home as CSV"), _SELLER, _BUYER, words="export download"
    ),
    _item("flash_sale_new", "zap", _("Announce a flash sale"), _SELLER, words="new"),
    _item(
        "board_new", "plus", _("Post to the information board"), _SELLER, _CARRIER, words="new cargo capacity"
    ),
    _item(
        "price_book_import", "file-up", _("Import a price book"), _SELLER, _CARRIER, words="upload rate card"
    ),
    _item("receive_goods", "package-plus", _("Book goods in"), _SELLER, _PARK, words="receive stock"),
    _item("pack_find", "scan-barcode", _("Pack an order"), _SELLER, _PARK, words="scan bench"),
    Item("desk", "gavel", _("Decide the next declaration"), frozenset({_CUSTOMS}), "release queue"),
    _item("calculator", "calculator", _("Work out a landed cost"), words="duty tax quote"),
    _item("modes", "search-check", _("Find the mode that fits an order"), words="9610 h7 procedure"),
    _item("help", "circle-question-mark", _("Read the help"), words="keys shortcuts"),
    _item("mfa_index", "key-round", _("Set up two-factor and passkeys"), words="security"),
    _item("account_logout", "log-out", _("Sign out"), words="leave"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An item as shown to one reader."""

    url: str
    icon: str
    label: str | Promise
    current: bool
    words: str


def rail_for(kind: Kind | None, *, path: str) -> list[tuple[str | Promise, list[Link]]]:
    """The storeys and pages that an organisation of `kind` may open."""
    shown, here = [], _deepest(kind, path)
    for group in STOREYS:
        links = [link for item in group.items if kind in item.kinds and (link := _link(item, here))]
        if links:
            shown.append((group.title, links))
    return shown


def actions_for(kind: Kind | None) -> list[Link]:
    """What an organisation of `kind` may do from the command palette."""
    return [link for item in ACTIONS if kind in item.kinds and (link := _link(item, ""))]


def _deepest(kind: Kind | None, path: str) -> str:
    """The address of the one page of the rail under which `path` lies: of two that fit, the longer."""
    links = (_link(item, "") for group in STOREYS for item in group.items if kind in item.kinds)
    return max((link.url for link in links if link and path.startswith(link.url)), key=len, default="")


def _link(item: Item, here: str) -> Link | None:
    try:
        url = reverse(item.url_name)
    except NoReverseMatch:
        return None
    return Link(url, item.icon, item.label, here == url, item.words)
