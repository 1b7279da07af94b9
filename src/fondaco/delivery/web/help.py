"""Help for a page: what it is for, in two sentences, and what to press."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Topic:
    """Help for one page."""

    title: str | Promise
    text: str | Promise
    keys: tuple[tuple[str, str | Promise], ...] = ()


_EVERYWHERE: tuple[tuple[str, str | Promise], ...] = (
    ("/", _("Search and go anywhere")),
    ("j k", _("Down and up the rows")),
    ("Enter", _("Open the row")),
    ("Esc", _("Close what is open")),
)
_DESK_KEYS: tuple[tuple[str, str | Promise], ...] = (
    ("r", _("Release")),
    ("i", _("Inspect")),
    ("x", _("Refuse")),
)
TOPICS: dict[str, Topic] = {
    "home": Topic(_("Home"), _("What needs you today comes first. Every number opens the list behind it.")),
    "orders": Topic(
        _("Orders"),
        _("Every order you may see. Filter by state, search by number, buyer or country, and keep a "
          "filter as a saved view. The list exports as CSV exactly as filtered."),
    ),
    "order": Topic(
        _("Order"),
        _("One order from entry to settlement. Each figure with “Why?” opens its explanation: inputs, "
          "rule or source, version and steps."),
    ),
    "products": Topic(
        _("Products"),
        _("Weights, sizes, origins and commodity codes marked “Estimated” were proposed from the text. "
          "Confirm or correct them: customs relies on them."),
    ),
    "imports": Topic(
        _("Import"),
        _("Drop a file, look at the preview, then import. Rows with errors are kept out and come back as "
          "a file to mend. Importing the same file twice changes nothing."),
    ),
    "desk": Topic(
        _("Officer's desk"),
        _("Oldest first within each lane. Open a declaration, read the reasons, decide. Every decision "
          "needs a reason and is written to the audit trail."),
        _DESK_KEYS,
    ),
    "cases": Topic(
        _("Screening cases"),
        _("A possible match with a sanctions list stops an order. One person proposes a verdict, another "
          "confirms it; nobody decides alone."),
    ),
    "statistics": Topic(_("Trade"), _("The day's trade by country, section of the tariff, value and duty.")),
    "calculator": Topic(
        _("Landed cost"),
        _("What a parcel costs at the buyer's door: goods, carriage, duty, tax and fees, each with its "
          "rule and source."),
    ),
}  # fmt: skip
_GENERAL = Topic(
    _("Fondaco"),
    _("An order enters once; everything a border demands of it follows from that one record."),
)


def help_for(page: str) -> Topic:
    """The topic of the page called `page`, with the keys that work everywhere."""
    topic = TOPICS.get(page, _GENERAL)
    return Topic(topic.title, topic.text, (*topic.keys, *_EVERYWHERE))
