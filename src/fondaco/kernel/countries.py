"""Countries by their ISO 3166-1 alpha-2 code, found by code or by the names that files really hold."""

from __future__ import annotations

import unicodedata
from functools import cache

import pycountry
from babel import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies

from fondaco.kernel.errors import Refused

_ASSIGNED_BY_USE = {"XK": "Kosovo"}  # user-assigned, but customs and post use it

_ALIASES = {
    "america": "US", "united states": "US", "usa": "US", "u s a": "US",
    "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB",
    "eire": "IE", "republic of ireland": "IE",
    "rsa": "ZA",
    "uae": "AE", "emirates": "AE",
    "channel islands": "GG",  # stands for Guernsey and Jersey; Guernsey holds the larger post hub
    "korea": "KR", "south korea": "KR", "republic of korea": "KR", "north korea": "KP",
    "russia": "RU", "vietnam": "VN", "laos": "LA", "syria": "SY", "iran": "IR", "moldova": "MD",
    "macedonia": "MK", "bosnia": "BA", "holland": "NL", "the netherlands": "NL", "czech republic": "CZ",
    "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ", "burma": "MM", "east timor": "TL",
    "brunei": "BN", "bolivia": "BO", "venezuela": "VE", "tanzania": "TZ", "palestine": "PS",
    "vatican": "VA", "micronesia": "FM", "macau": "MO", "hong kong sar": "HK", "taiwan": "TW",
    "congo kinshasa": "CD", "dr congo": "CD", "congo brazzaville": "CG", "turkey": "TR", "turkiye": "TR",
    "kosovo": "XK", "curacao": "CW", "reunion": "RE", "st lucia": "LC", "st helena": "SH",
    "deutschland": "DE", "osterreich": "AT", "schweiz": "CH", "espana": "ES", "italia": "IT",
}  # fmt: skip


class UnknownCountry(Refused):
    code = "unknown-country"
    title = "This is not a country."
    remedy = "Give the two-letter ISO 3166 code of a country, such as DE."


def is_country(code: str) -> bool:
    """Whether `code` is an alpha-2 code in use, in capitals."""
    return code in _ASSIGNED_BY_USE or (pycountry.countries.get(alpha_2=code) is not None and code.isupper())


def country_code(text: str) -> str:
    """The alpha-2 code of a country given as code (2 or 3 letters) or name. UnknownCountry otherwise."""
    if found := _find(_plain(text)):
        return found
    raise UnknownCountry(field="country", value=text)


def country_name(code: str, language: str = "en") -> str:
    """The country's usual name in `language` (a Django or BCP 47 code); the code where it has none."""
    name = _territories(language).get(code) or _territories("en").get(code)
    return name or code


@cache
def currency_of(code: str) -> str | None:
    """The currency in use in a country (CLDR); None where it has none of its own or is unknown."""
    in_use = get_territory_currencies(code, tender=True)
    return in_use[-1] if in_use else None


@cache
def country_codes() -> tuple[str, ...]:
    """Every alpha-2 code, sorted."""
    return tuple(sorted({country.alpha_2 for country in pycountry.countries} | set(_ASSIGNED_BY_USE)))


@cache
def country_choices(language: str = "en") -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, sorted by name in `language`: for a form's select."""
    named = [(code, country_name(code, language)) for code in country_codes()]
    return tuple(sorted(named, key=lambda pair: _plain(pair[1])))


@cache
def _find(text: str) -> str | None:
    if text in _ALIASES:
        return _ALIASES[text]
    if len(text) == 2:
        return text.upper() if is_country(text.upper()) else None
    if len(text) == 3 and (country := pycountry.countries.get(alpha_3=text.upper())):
        return str(country.alpha_2)
    return _by_name().get(text)


@cache
def _by_name() -> dict[str, str]:
    """Plain form of every English name, official or usual, to its code."""
    names: dict[str, str] = {}
    for country in pycountry.countries:
        for attribute in ("name", "official_name", "common_name"):
            if name := getattr(country, attribute, None):
                names.setdefault(_plain(name), country.alpha_2)
        names.setdefault(_plain(country_name(country.alpha_2)), country.alpha_2)
    return names


@cache
def _territories(language: str) -> dict[str, str]:
    """Babel's names of territories in `language`; English where it does not know the language."""
    parts = language.replace("_", "-").split("-")
    try:
        tag = "_".join([parts[0], *(part.title() if len(part) == 4 else part.upper() for part in parts[1:])])
        return dict(Locale.parse(tag).territories)
    except (UnknownLocaleError, ValueError):
        return dict(Locale.parse("en").territories)


def _plain(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces; 'saint' as 'st'."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c if c.isalnum() else " " for c in flat if not unicodedata.combining(c))
    words = [
        "st" if word == "saint" else word for word in kept.replace("&", " and ").split() if word != "and"
    ]
    return " ".join(words)
