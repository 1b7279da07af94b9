"""A product as a marketplace lists it: title, categories, attributes; and the words a classifier reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fondaco.commerce.catalog.domain.errors import BadListing
from fondaco.commerce.catalog.domain.titles import singular

MOST_CHARACTERS: Final = 2000
_WORD: Final = re.compile(r"[a-z]+")
_TSHIRT: Final = re.compile(r"\bt[- ]shirts?\b")
_RETIRED: Final = re.compile(r"锛.*?锛|\([^)]*obsolete[^)]*\)|（[^）]*）", re.IGNORECASE)
# What a marketplace asks of every listing and says nothing of what the thing is.
_SILENT: Final = frozenset(
    {
        "origin", "brand name", "measurement unit", "each pack", "sold in", "cn", "model number",
        "hign-concerned chemical", "place of origin", "lot_num", "release date",
    }
)  # fmt: skip
_MATERIAL: Final = re.compile("material|type|composition|fabric|category", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listing:
    """What is known of a product to be classified; categories from the widest to the narrowest."""

    title: str
    categories: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        return words_in(self.title)

    @property
    def category_words(self) -> tuple[str, ...]:
        return words_in(" ".join(self.categories))

    @property
    def attribute_words(self) -> tuple[str, ...]:
        return words_in(" ".join(self.told.values()))

    @property
    def material_words(self) -> frozenset[str]:
        """Words that may name a material: of the title, the categories, and attributes that ask for one."""
        asked = " ".join(value for name, value in self.told.items() if _MATERIAL.search(name))
        return frozenset((*self.words, *self.category_words, *words_in(asked)))

    @property
    def told(self) -> dict[str, str]:
        """Attributes that say something of the thing itself."""
        return {
            name: value
            for name, value in self.attributes.items()
            if name.lower() not in _SILENT
            and not name.startswith("Package")
            and not name.isdigit()
            and len(value) < 60
        }

    @property
    def text(self) -> str:
        """All of it as one text."""
        return " ".join((self.title, *self.categories, *self.told.values()))


def listing_of(row: Mapping[str, Any]) -> Listing:
    """A listing out of a JSON line with `product_name`, and optionally `product_attributes` and `cate_lv1_desc`
    to `cate_lv5_desc`. BadListing where there is no name, or it is no text.
    """
    name = row.get("product_name")
    if not isinstance(name, str) or not name.strip():
        raise BadListing(field="product_name", value=name)
    told = row.get("product_attributes") or {}
    if not isinstance(told, Mapping):
        raise BadListing(field="product_attributes", value=told)
    attributes = {str(key): str(value) for key, value in told.items() if value is not None}
    return Listing(name[:MOST_CHARACTERS], categories_of(row), attributes)


def categories_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The category path, each once, without the marketplace's marks of retired branches."""
    path = [_RETIRED.sub("", str(row.get(f"cate_lv{level}_desc") or "")).strip() for level in range(1, 6)]
    return tuple(dict.fromkeys(filter(None, path)))


def words_in(text: str) -> tuple[str, ...]:
    """The words of `text`, small and singular."""
    return tuple(singular(word) for word in _WORD.findall(_TSHIRT.sub("tshirt", text.lower())))


def bag(*parts: tuple[Sequence[str], float]) -> dict[str, float]:
    """Word to weight; a word in several parts has the greatest of their weights."""
    weights: dict[str, float] = {}
    for words, weight in parts:
        for word in words:
            weights[word] = max(weights.get(word, 0.0), weight)
    return weights
