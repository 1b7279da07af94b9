"""The guard against card numbers: none may enter, none may be logged; pure.

What counts as one is said in `kernel.cards`, which also cuts those in logs. Typing one here would put the house
under PCI DSS SAQ D instead of A: cards are only ever typed at the provider (its hosted page).
"""

from __future__ import annotations

import re

from fondaco.kernel.cards import RUN, is_card_number, masked
from fondaco.kernel.errors import Refused

__all__ = ["CardNumberRefused", "is_card_number", "masked", "refuse_card_number"]


class CardNumberRefused(Refused):
    code = "card-number-refused"
    title = "This looks like a card number; none may be entered here."
    remedy = "Pay on the payment provider's own page. Nothing of what was sent was kept."


def refuse_card_number(text: str, *, field: str) -> None:
    """CardNumberRefused if `text` holds a card number; the error does not repeat it."""
    if any(is_card_number(re.sub(r"[ -]", "", run.group())) for run in RUN.finditer(text)):
        raise CardNumberRefused(field=field)
