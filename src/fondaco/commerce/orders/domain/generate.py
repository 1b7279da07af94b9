"""A made-up order book, for machines without the real one and for measuring at any size.

Everything here is synthetic and says so: the book is marked, and its orders are numbered SYN-….
The same seed gives the same book, whatever the size of the chunks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from fondaco.commerce.orders.domain.book import (
    BookLine,
    BookOrder,
    BookProduct,
    BookReturn,
    BuyerRow,
    ParsedBook,
)
from fondaco.commerce.orders.domain.mapping import CARRIAGE, GOODS
from fondaco.commerce.orders.domain.orders import digest_of

CURRENCY = "GBP"
CHUNK_ORDERS = 1000
_DAYS = 360

# Destination and how many of a thousand orders go there: made up, after the shape of small UK exporters' trade.
_DESTINATIONS = {
    "DE": 180, "FR": 160, "IE": 110, "US": 90, "ES": 60, "NL": 60, "BE": 50, "CH": 40, "AU": 35, "IT": 35,
    "PT": 25, "NO": 20, "SE": 20, "CA": 20, "JP": 15, "AT": 12, "DK": 12, "FI": 10, "PL": 10, "SG": 8, "HK": 8,
    "AE": 6, "IL": 5, "GR": 3, "CZ": 3, "BR": 2, "ZA": 1,
}  # fmt: skip
# Kind of goods, price in pence and weight in the draw: our own words, such that the catalogue's hints know them.
_KINDS = [
    ("CERAMIC MUG", 295, 9), ("TEA TOWEL", 325, 8), ("LUNCH BOX", 195, 8), ("SCENTED CANDLE JAR", 425, 7),
    ("SHOPPING BAG", 205, 10), ("CUSHION COVER", 495, 6), ("WALL CLOCK", 1295, 3), ("ALARM CLOCK", 850, 4),
    ("PHOTO FRAME", 595, 5), ("PAPER NAPKINS PACK OF 20", 85, 9), ("WOODEN HEART DECORATION", 165, 8),
    ("GLASS T-LIGHT HOLDER", 185, 8), ("METAL SIGN", 265, 6), ("JIGSAW PUZZLE", 375, 4), ("NOTEBOOK", 150, 8),
    ("BEAD NECKLACE", 625, 4), ("CHRISTMAS BAUBLE", 145, 7), ("CAKE TIN SET OF 3", 995, 4), ("APRON", 775, 3),
    ("HAND SOAP BAR", 265, 4), ("COTTON SCARF", 895, 3), ("UMBRELLA", 650, 4), ("WICKER BASKET", 1095, 3),
    ("CERAMIC BOWL", 395, 6), ("STORAGE TIN", 345, 6), ("PENCIL TUBE", 125, 7), ("GIFT WRAP ROLL", 95, 8),
    ("DOOR MAT", 795, 4), ("SOFT TOY RABBIT", 550, 4), ("PLAYING CARDS", 185, 5),
]  # fmt: skip
_STYLES = ["RED SPOT", "BLUE STRIPE", "VINTAGE ROSE", "WOODLAND", "POLAR BEAR", "CIRCUS", "SEASIDE", "IVORY"]
_QUANTITIES = [1, 1, 1, 2, 2, 2, 3, 4, 6, 6, 8, 10, 12, 12, 24]
_LINES = [1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 8, 10, 12]  # mean 5.1


def generate_book(
    orders: int,
    *,
    now: datetime,
    seed: int = 7,
    returns_per_thousand: int = 40,
    chunk_orders: int = CHUNK_ORDERS,
) -> Iterator[ParsedBook]:
    """`orders` synthetic orders of the year before `now`, oldest first, as books of `chunk_orders`.

    Each book names all the products and buyers of its own orders, so that it can be stored alone. Some
    orders are followed by a credit note for one of their lines.
    """
    maker = _Maker(orders, now=now, seed=seed, returns_per_thousand=returns_per_thousand)
    for start in range(0, orders, chunk_orders):
        yield maker.book(start, min(start + chunk_orders, orders))


class _Maker:
    """Draws orders one after another from one stream of chance."""

    def __init__(self, orders: int, *, now: datetime, seed: int, returns_per_thousand: int) -> None:
        self.random, self.seed = Random(seed), seed  # noqa: S311 - a made-up book needs no secrecy
        self.returns_per_thousand = returns_per_thousand
        self.first = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=_DAYS)
        self.step = timedelta(days=_DAYS - 1) / max(orders, 1)
        self.products = list(_products())
        self.lines = [BookLine(GOODS, p.sku, p.title, 1, p.unit_minor or 0) for p in self.products]
        self.cumulative = _cumulative([weight for _, _, weight in _KINDS for _ in _STYLES])
        self.countries = list(_DESTINATIONS)
        self.shares = _cumulative(list(_DESTINATIONS.values()))
        self.buyers: list[tuple[str, str]] = []

    def book(self, start: int, stop: int) -> ParsedBook:
        """The orders numbered from `start` up to `stop`."""
        book = ParsedBook(synthetic=True, products=list(self.products))
        for number in range(start, stop):
            self._add(book, number)
        named = dict.fromkeys((order.buyer, order.destination) for order in book.orders)
        book.buyers.extend(BuyerRow(*buyer) for buyer in named)
        book.rows = sum(len(o.lines) for o in book.orders) + len(book.returns)
        return book

    def _add(self, book: ParsedBook, number: int) -> None:
        buyer, country = self._buyer()
        order = self._order(number, buyer, country)
        book.orders.append(order)
        if self.random.random() * 1000 < self.returns_per_thousand:
            book.returns.append(self._credit(order))

    def _buyer(self) -> tuple[str, str]:
        """An earlier buyer four times out of five."""
        if self.buyers and self.random.random() < 0.8:
            return self.buyers[int(self.random.random() * len(self.buyers))]
        country = self.random.choices(self.countries, cum_weights=self.shares)[0]
        made = (f"SYN-{self.seed}-B{len(self.buyers) + 1:06d}", country)
        self.buyers.append(made)
        return made

    def _order(self, number: int, buyer: str, country: str) -> BookOrder:
        draw = self.random.random
        count = _LINES[int(draw() * len(_LINES))]
        chosen = self.random.choices(self.lines, cum_weights=self.cumulative, k=count)
        lines = tuple(
            BookLine(
                GOODS, line.sku, line.title, _QUANTITIES[int(draw() * len(_QUANTITIES))], line.unit_minor
            )
            for line in chosen
        )
        goods = sum(line.quantity * line.unit_minor for line in lines)
        carriage = 600 + 50 * count
        lines = (*lines, BookLine(CARRIAGE, "POST", "POSTAGE", 1, carriage))
        at = self.first + self.step * number
        ref = f"SYN-{self.seed}-{number + 1:07d}"
        return BookOrder(
            source_ref=ref, buyer=buyer, destination=country, ordered_at=at, original_ordered_at=at,
            currency=CURRENCY, lines=lines, goods_minor=goods, carriage_minor=carriage, discount_minor=0,
            other_minor=0, ship_to={"country": country}, content_hash=_digest(ref, buyer, country, lines),
        )  # fmt: skip

    def _credit(self, order: BookOrder) -> BookReturn:
        line = order.lines[0]
        back = (line._replace(quantity=max(1, line.quantity // 2)),)
        at = order.ordered_at + timedelta(hours=12)
        ref = f"C{order.source_ref}"
        return BookReturn(
            source_ref=ref, buyer=order.buyer, origin=order.destination, returned_at=at, original_returned_at=at,
            currency=order.currency, lines=back, value_minor=back[0].quantity * back[0].unit_minor,
            content_hash=_digest(ref, order.buyer, order.destination, back),
        )  # fmt: skip


def _digest(ref: str, buyer: str, country: str, lines: tuple[BookLine, ...]) -> str:
    """Without the date: a book made again tomorrow tells of the same orders."""
    return digest_of((ref, buyer, country, CURRENCY), lines=lines)


def _products() -> Iterator[BookProduct]:
    for i, (kind, price, _) in enumerate(_KINDS):
        for j, style in enumerate(_STYLES):
            yield BookProduct(f"SYN{i:02d}{j:02d}", f"{style} {kind}", price + 10 * j, CURRENCY)


def _cumulative(weights: list[int]) -> list[int]:
    total, sums = 0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return sums
