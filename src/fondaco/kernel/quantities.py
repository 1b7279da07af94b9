"""Mass, length and volume as whole grams, millimetres and cubic millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fondaco.kernel.errors import Refused


class BadQuantity(Refused):
    code = "bad-quantity"
    title = "This is not a usable quantity."
    remedy = "Give a positive number in the unit asked for."


@dataclass(frozen=True, slots=True, order=True)
class Mass:
    """A mass in whole grams, never negative."""

    g: int

    def __post_init__(self) -> None:
        _not_negative(self.g, "mass_g")

    @property
    def kg(self) -> Decimal:
        return Decimal(self.g) / 1000

    def __add__(self, other: Mass) -> Mass:
        return Mass(self.g + other.g)


@dataclass(frozen=True, slots=True)
class Dimensions:
    """An outer box in whole millimetres; each side positive."""

    length_mm: int
    width_mm: int
    height_mm: int

    def __post_init__(self) -> None:
        for name in ("length_mm", "width_mm", "height_mm"):
            if getattr(self, name) <= 0:
                raise BadQuantity(field=name, value=getattr(self, name))

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm

    @property
    def sorted_mm(self) -> tuple[int, int, int]:
        """Longest side first: what a rule about the longest side or the girth looks at."""
        a, b, c = sorted((self.length_mm, self.width_mm, self.height_mm), reverse=True)
        return a, b, c

    @property
    def girth_mm(self) -> int:
        """Twice the sum of the two shorter sides."""
        _, b, c = self.sorted_mm
        return 2 * (b + c)


def _not_negative(value: int, field: str) -> None:
    if value < 0:
        raise BadQuantity(field=field, value=value)
