"""The made-up sellers of the demonstration's Chinese trade: what they sell, from where, to whom, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from fondaco.flows.logins import CHINA_SELLER
from fondaco.flows.stages.export import OVERSEAS_WAREHOUSE, REBATE


@dataclass(frozen=True, slots=True)
class Article:
    """An article of a seller: SKU, name, price in minor units, code, grams and millimetres."""

    sku: str
    title: str
    price: int
    hs: str
    mass_g: int
    size: tuple[int, int, int]
    origin: str = "CN"


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of order of a seller: how many, of which articles, to where, and how many pieces of each.

    `firm` names the buyer as a firm, with its identifiers; else the buyers are people.
    """

    name: str
    count: int
    articles: tuple[Article, ...]
    countries: tuple[str, ...]
    pieces: tuple[int, int]
    carriage: int
    firm: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Store:
    """A bonded store with what lies in it."""

    code: str
    name: str
    city: str
    articles: tuple[Article, ...]
    paper: str


@dataclass(frozen=True, slots=True)
class Seller:
    slug: str
    name: str
    country: str
    city: str
    currency: str
    identifiers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    stores: tuple[Store, ...] = ()


_MUG = Article("ZZ-MUG", "Porcelain mug with lid", 1290, "691110", 420, (110, 100, 120))
_THROW = Article("ZZ-THROW", "Travelling rug of polyester fleece", 2490, "630140", 640, (300, 250, 80))
_PAN = Article("ZZ-PAN", "Stainless steel saucepan 16 cm", 2150, "732393", 880, (320, 180, 110))
_BAG = Article("ZZ-BAG", "Canvas shopping bag", 890, "420292", 210, (300, 240, 30))
_TRAY = Article("ZZ-TRAY", "Bamboo serving tray", 1690, "441912", 760, (380, 260, 50))
_CUSHION = Article("ZZ-CUSHION", "Linen cushion cover", 1190, "630492", 190, (280, 220, 30))
_SCARF = Article("HZ-SCARF", "Silk scarf, printed", 2890, "621410", 90, (220, 160, 20))
_BANGLE = Article("HZ-BANGLE", "Bangle of lacquered bamboo", 790, "711790", 60, (90, 90, 40))
_SOAP = Article("TC-SOAP", "Lavender soap bar, 3 pieces", 9800, "3401110000", 360, (180, 70, 40), "GB")
_WRAP = Article("TC-WRAP", "Lambswool wrap", 46800, "6117101100", 380, (300, 220, 60), "GB")
_TOTE = Article("TC-TOTE", "Waxed cotton tote bag", 38500, "4202220000", 620, (360, 280, 60), "GB")

RETURNED = "cn-luoyang"  # sells in the price book's currency, so that its orders may be parted

_FAR = ("US", "DE", "FR", "GB", "JP", "KR", "US", "NL", "GB", "US", "ES", "IT")
_WAREHOUSE = "Overseas warehouse {} (made up: stock on its way to a shelf)"
CAST = (
    Seller(
        CHINA_SELLER, "Yuhe Home Goods, Zhengzhou (made up: exports from China)", "CN", "Zhengzhou", "USD",
        (("uscc", "91410100MADEMO0001"),),
        (
            Part("P", 46, (_MUG, _THROW, _PAN, _BAG), _FAR, (1, 3), 650),
            Part("B", 12, (_MUG, _PAN, _BAG), ("US", "DE", "GB", "FR", "NL"), (24, 60), 9800, "{} trading firm (made up)"),
            Part("W", 8, (_THROW, _PAN), ("US", "DE"), (40, 80), 14500, _WAREHOUSE,
                  ((OVERSEAS_WAREHOUSE, "HWC-DEMO-{}"),)),
            Part("Z", 14, (_TRAY, _CUSHION), _FAR, (1, 2), 590),
            Part("R", 2, (_BAG,), ("RU",), (1, 1), 650),
        ),
        (Store("zz-bond", "Zhengzhou bonded store (made up)", "Zhengzhou", (_TRAY, _CUSHION), "CN46BOND0001"),),
    ),
    Seller(
        "cn-hangzhou", "Xihu Craft Shop, Hangzhou (made up: exports without refund)", "CN", "Hangzhou", "USD",
        (("uscc", "92330100MADEMO0002"), (REBATE, "none")),
        (Part("P", 18, (_SCARF, _BANGLE), _FAR, (1, 2), 520),),
    ),
    Seller(
        "cn-bonded-shop", "Thistle & Cotton for China (made up: goods in bond)", "GB", "Leith", "CNY",
        (("eori", "GB000000000004"), ("cn_cbec", "4601DEMO01")),
        (
            Part("Z", 10, (_SOAP,), ("CN",), (1, 3), 1500),
            Part("K", 6, (_WRAP,), ("CN",), (1, 1), 1500),
            Part("D", 6, (_TOTE,), ("CN",), (1, 1), 4800),
        ),
        (
            Store("zz-cbec", "Zhengzhou bonded store (made up)", "Zhengzhou", (_SOAP,), "CN46BOND0101"),
            Store("kf-cbec", "Kaifeng bonded store (made up)", "Kaifeng", (_WRAP,), "CN46BOND0201"),
        ),
    ),
    Seller(
        RETURNED, "Luoyang Kitchen Export (made up: parcels in parts, one comes back)", "CN", "Luoyang", "GBP",
        (("uscc", "91410300MADEMO0003"), (REBATE, "none")),
        (Part("T", 4, (_PAN,), ("US", "GB"), (12, 12), 1950),),
    ),
)  # fmt: skip
