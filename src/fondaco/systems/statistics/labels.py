"""The names of sections as pages show them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_NAMES: dict[str, Promise] = {
    "I": _("Live animals and animal products"),
    "II": _("Vegetable products"),
    "III": _("Fats and oils"),
    "IV": _("Prepared food, drinks, tobacco"),
    "V": _("Mineral products"),
    "VI": _("Chemicals"),
    "VII": _("Plastics and rubber"),
    "VIII": _("Hides, leather, bags, furs"),
    "IX": _("Wood, cork, basketware"),
    "X": _("Paper and printed matter"),
    "XI": _("Textiles and clothing"),
    "XII": _("Footwear, headgear, umbrellas"),
    "XIII": _("Stone, ceramics, glass"),
    "XIV": _("Pearls, jewellery, precious metals"),
    "XV": _("Base metals and metal goods"),
    "XVI": _("Machinery and electronics"),
    "XVII": _("Vehicles, aircraft, vessels"),
    "XVIII": _("Instruments, clocks, music"),
    "XIX": _("Arms and ammunition"),
    "XX": _("Furniture, toys, miscellaneous"),
    "XXI": _("Art and antiques"),
}


def section_label(number: str) -> str:
    """The short name of a section in the reader's language; "Not classified" for none."""
    return str(_NAMES.get(number, _("Not classified")))
