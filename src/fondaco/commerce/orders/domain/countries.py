"""Country names and codes, as sellers write them, to ISO 3166-1 alpha-2."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pycountry

# What people write that ISO 3166 does not list. XK (Kosovo) is a user-assigned code in general use.
_ALSO = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "u.k.": "GB", "u.s.a.": "US", "u.s.": "US", "america": "US",
    "south korea": "KR", "korea": "KR", "russia": "RU", "turkey": "TR", "turkiye": "TR", "holland": "NL",
    "the netherlands": "NL", "ivory coast": "CI", "macau": "MO", "uae": "AE", "vatican": "VA",
    "czech republic": "CZ", "swaziland": "SZ", "cape verde": "CV", "macedonia": "MK", "burma": "MM",
    "republic of ireland": "IE", "eire": "IE", "brunei": "BN", "laos": "LA", "syria": "SY", "kosovo": "XK",
    "hong kong sar": "HK", "hong kong sar china": "HK", "mainland china": "CN", "prc": "CN",
    "中国": "CN", "美国": "US", "英国": "GB", "德国": "DE", "法国": "FR", "日本": "JP", "韩国": "KR",
}  # fmt: skip


@cache
def _known() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for country in pycountry.countries:
        code = country.alpha_2
        for attribute in ("name", "official_name", "common_name", "alpha_2", "alpha_3"):
            if text := getattr(country, attribute, None):
                names[text.casefold()] = code
    return {**names, **_ALSO}


def country_code(text: str, *, aliases: Mapping[str, str] | None = None) -> str | None:
    """ISO alpha-2 of `text` (a code or a name, any case), or None; `aliases` (casefolded) go first."""
    plain = " ".join(text.split()).casefold()
    if aliases and (found := aliases.get(plain)):
        return found
    return _known().get(plain)
