"""What the border asks of one consignment under `LandedTerms`, in whole minor units."""

from __future__ import annotations

from collections.abc import Sequence

from fondaco.systems.logistics.domain.splitting.types import LandedTerms

_MILLION = 1_000_000


def border_minor(
    terms: LandedTerms, lines: Sequence[tuple[str, str, int]], *, freight: int, order_minor: int
) -> int:
    """Duty, tax and fees of a consignment of `lines` (line id, heading, goods in minor units).

    `order_minor` is the goods of the whole order, which decides the terms where these count it together.
    Freight is shared over the lines by value. Rounded half-up once, on the sum.
    """
    goods = sum(value for _, _, value in lines)
    now = terms_for(terms, goods, order_minor)
    if now.carriage_ppm is not None:
        freight = now.carriage_ppm * goods // _MILLION
    base = goods + (freight if now.counts_freight else 0)
    weighted = sum(now.duty_ppm.get(line, 0) * value for line, _, value in lines)
    duty = weighted * base // goods if goods else 0  # in millionths
    duty += now.flat_minor * len({heading for _, heading, _ in lines}) * _MILLION
    taxed = (goods + freight) * _MILLION + duty if now.taxes_landed else goods * _MILLION
    tax = now.tax_ppm * taxed // _MILLION
    return (2 * (duty + tax) + _MILLION) // (2 * _MILLION) + _fees(now, goods)


def terms_for(terms: LandedTerms, goods: int, order_minor: int) -> LandedTerms:
    """The terms that hold: by the whole order's goods where the law counts them together, else by these."""
    return terms.for_value(order_minor if terms.aggregates_same_order else goods)


def _fees(terms: LandedTerms, goods: int) -> int:
    if not terms.fee_ppm:
        return terms.fee_minor
    fee = max((terms.fee_ppm * goods + _MILLION // 2) // _MILLION, terms.fee_floor_minor)
    return terms.fee_minor + (min(fee, terms.fee_ceiling_minor) if terms.fee_ceiling_minor else fee)
