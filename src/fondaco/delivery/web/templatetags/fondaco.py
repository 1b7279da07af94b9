"""Tags of our templates: icons, money, quantities, dates, countries, states, query strings."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.commerce.catalog.public import ProductDTO
from fondaco.delivery.web.columns import hidden_columns
from fondaco.delivery.web.presenting.landed_words import rate_words
from fondaco.delivery.web.presenting.money_words import account_word
from fondaco.delivery.web.states import Look, look_of
from fondaco.delivery.web.wording import plain
from fondaco.kernel.money import Money, exponent

register = template.Library()

_MINUS, _FIGURE_DASH = "\u2212", "\u2013"
_DATE = {"zh": "y年M月d日"}
_TIME = {"zh": "y年M月d日 HH:mm"}
_ANY_DATE, _ANY_TIME = "d MMM y", "d MMM y, HH:mm"


def locale() -> Locale:
    """The reader's locale."""
    return _locale(get_language() or "en")


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    return Locale.parse({"zh-hans": "zh_Hans_CN"}.get(language, language.replace("-", "_")))


@cache
def _icons() -> ZipFile:
    """The packaged icons, opened once: reading the list of 1,745 costs 20 ms, which the package spends on each."""
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


@lru_cache(maxsize=512)
def _icon(name: str, size: int, css: str) -> str:
    try:
        drawn = _icons().read(f"{name}.svg").decode()
    except KeyError:
        return _icon("circle", size, css)
    head, body = drawn.split(">", 1)
    svg = re.sub(r'\s(?:xmlns|width|height)="[^"]*"', "", head).strip() + ">" + body
    svg = svg.replace("<svg", f'<svg width="{size}" height="{size}" class="{css}" aria-hidden="true"', 1)
    return " ".join(svg.split()).replace("> <", "><")


@register.simple_tag
def icon(name: str, size: int = 16, css: str = "icon") -> SafeString:
    """A lucide icon, hidden from assistive technology: a word always stands beside it."""
    return mark_safe(_icon(str(name), int(size), css))  # noqa: S308 - packaged SVG


def decimal_text(amount: Decimal | int, places: int) -> str:
    """`amount` with `places` decimals in the reader's locale, with a true minus sign."""
    pattern = "#,##0" + ("." + "0" * places if places else "")
    text = format_decimal(abs(Decimal(amount)), format=pattern, locale=locale())
    return f"{_MINUS}{text}" if amount < 0 else text


@register.filter
def money(value: Money | str | None) -> SafeString:
    """Money as a figure and its currency, in a lighter weight; a dash for none (or what a template lacks)."""
    if not isinstance(value, Money):
        return mark_safe(f'<span class="muted">{_FIGURE_DASH}</span>')  # noqa: S308 - constant
    css = "money is-minus" if value.minor < 0 else "money"
    return format_html(
        '<bdi class="{}">{}<span class="cur">{}</span></bdi>',
        css,
        decimal_text(value.amount, exponent(value.currency)),
        value.currency,
    )


@register.simple_tag
def booked(amount: Money | None, **chosen: Any) -> SafeString:
    """Money that opens its postings: `chosen` are the filters of the page of postings, empty ones left out."""
    if not isinstance(amount, Money):
        return money(None)
    asked = urlencode({name: str(value) for name, value in chosen.items() if value})
    return format_html('<a href="{}?{}">{}</a>', reverse("postings"), asked, money(amount))


@register.filter
def in_currency(minor: int | None, currency: str) -> Money | None:
    """Minor units as Money."""
    return None if minor is None else Money(int(minor), currency)


@register.filter
def number(value: Any, places: int = 0) -> str:
    """A number in the reader's locale."""
    if value in (None, ""):
        return _FIGURE_DASH
    return decimal_text(Decimal(str(value)), int(places))


@register.filter
def percent(value: Any, places: int = 1) -> str:
    """A share (0.2) as a percentage (20.0 %)."""
    if value in (None, ""):
        return _FIGURE_DASH
    return decimal_text(Decimal(str(value)) * 100, int(places)) + "\u202f%"


@register.filter
def mass(grams: int | None) -> SafeString:
    """A mass: grams below a kilogram, kilograms from there."""
    if grams is None:
        return mark_safe(f'<span class="muted">{_FIGURE_DASH}</span>')  # noqa: S308 - constant
    if grams < 1000:
        return _quantity(number(grams), "g")
    return _quantity(number(Decimal(grams) / 1000, 2), "kg")


@register.filter
def size_mm(box: Any) -> SafeString:
    """Length x width x height in centimetres from an object or dict with *_mm."""
    names = ("length_mm", "width_mm", "height_mm")
    sides = [int((box.get(n) if isinstance(box, dict) else getattr(box, n, 0)) or 0) for n in names]
    if not all(sides):
        return mark_safe(f'<span class="muted">{_FIGURE_DASH}</span>')  # noqa: S308 - constant
    return _quantity(" × ".join(number(Decimal(side) / 10, 1) for side in sides), "cm")


def _quantity(figure: str, unit: str) -> SafeString:
    return format_html('<bdi class="qty">{}<span class="unit">{}</span></bdi>', figure, unit)


def day_text(on: date) -> str:
    """A day in the reader's words."""
    return format_date(on, _DATE.get(locale().language, _ANY_DATE), locale=locale())


@register.filter
def when(moment: datetime | date | str | None) -> SafeString:
    """A moment (by the reader's clock, its zone named) or a day in the reader's words, with the ISO form on hover."""
    if isinstance(moment, str):
        moment = _parsed(moment)
    if moment is None:
        return mark_safe(f'<span class="muted">{_FIGURE_DASH}</span>')  # noqa: S308 - constant
    if isinstance(moment, datetime):
        local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
        pattern = _TIME.get(locale().language, _ANY_TIME)
        text = format_datetime(local, pattern, tzinfo=local.tzinfo, locale=locale())
        text = f"{text} {local.tzname() or ''}".rstrip()
    else:
        text = day_text(moment)
    iso = moment.isoformat()
    return format_html('<time datetime="{}" title="{}">{}</time>', iso, iso, text)


@register.filter
def day(moment: datetime | date | None) -> SafeString:
    """The day of a moment, by the reader's clock."""
    if isinstance(moment, datetime):
        moment = (timezone.localtime(moment) if timezone.is_aware(moment) else moment).date()
    return when(moment)


def _parsed(text: str) -> datetime | date | None:
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        return None


@register.filter
def country(code: str | None) -> str:
    """The name of a country in the reader's language."""
    if not code:
        return _FIGURE_DASH
    return str(locale().territories.get(str(code).upper(), code))


@register.filter
def look(state: str, of: str = "") -> Look:
    """How a state looks."""
    return look_of(str(state), of=of)


@register.filter
def get(mapping: dict[Any, Any] | None, key: Any) -> Any:
    """`mapping[key]`, or None."""
    return mapping.get(key) if mapping else None


@register.filter
def hs(code: str | None) -> str:
    """A commodity code in the usual groups: 950300 -> 9503.00."""
    if not code:
        return _FIGURE_DASH
    digits = str(code).replace(".", "").replace(" ", "")
    return ".".join(part for part in (digits[:4], digits[4:6], digits[6:8], digits[8:]) if part)


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The present query string with `changes` (None removes a key)."""
    request: HttpRequest | None = context.get("request")
    kept = request.GET.copy() if request else None
    values: dict[str, list[str]] = {key: kept.getlist(key) for key in kept} if kept else {}
    for key, value in changes.items():
        if value in (None, ""):
            values.pop(key, None)
        else:
            values[key] = [str(value)]
    return "?" + urlencode(values, doseq=True)


@register.simple_tag(takes_context=True)
def page_links(context: dict[str, Any], key: str, place: Any, drop: str) -> dict[str, str]:
    """The addresses of a list's first page (where the reader is past it) and of the next (where there is one).

    `key` names the query's place in the list, `drop` what else of the query holds for one page only.
    """
    request: HttpRequest | None = context.get("request")
    gone: dict[str, Any] = dict.fromkeys(drop.split())
    here = request.GET.get(key) if request else ""
    return {
        "first": query(context, **{**gone, key: None}) if here else "",
        "next": query(context, **{**gone, key: place}) if place not in (None, "", 0) else "",
    }


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a reader may hide: its place, counted from one, and its title."""

    at: int
    title: str
    hidden: bool


_HEADING = re.compile(r'<th scope="col"[^>]*>(.*?)</th>', re.DOTALL)
_UNSEEN = re.compile(r'<span class="sr-only">.*?</span>', re.DOTALL)


@register.simple_tag(takes_context=True)
def table_columns(context: dict[str, Any], table: str, name: str) -> list[Column]:
    """The columns of a named table that may be hidden: all with a title but the first; none of a nameless one."""
    request: HttpRequest | None = context.get("request")
    if not name or request is None:
        return []
    titles = [strip_tags(_UNSEEN.sub("", cell)).strip() for cell in _HEADING.findall(str(table))]
    hidden = hidden_columns(request, name)
    titled = [(at, html.unescape(title)) for at, title in enumerate(titles, 1) if title]
    return [Column(at, title, at in hidden) for at, title in titled[1:]]


@register.simple_tag
def sparkline(values: Iterable[float], width: int = 72, height: int = 22) -> SafeString:
    """A small line of `values`; says nothing to a screen reader, the tile's words do."""
    points = [float(value) for value in values]
    if len(points) < 2:
        return mark_safe("")
    low, high = min(points), max(points)
    span = (high - low) or 1.0
    step = (width - 4) / (len(points) - 1)
    xy = [(2 + step * i, height - 2 - (height - 4) * (v - low) / span) for i, v in enumerate(points)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy)
    last_x, last_y = xy[-1]
    return format_html(
        '<svg class="spark" width="{}" height="{}" viewBox="0 0 {} {}" aria-hidden="true">'
        '<path d="{}" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/>'
        '<circle cx="{}" cy="{}" r="2" fill="currentColor"/></svg>',
        width, height, width, height, path, f"{last_x:.1f}", f"{last_y:.1f}",
    )  # fmt: skip


@register.filter
def span(length: timedelta | float | None) -> str:
    """A length of time in its two largest units: 3 d 4 h, 12 min, 40 s."""
    if length is None:
        return _FIGURE_DASH
    seconds = int(length.total_seconds() if isinstance(length, timedelta) else length)
    parts = []
    for size, unit in ((86400, _("d")), (3600, _("h")), (60, _("min")), (1, _("s"))):
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount}\u202f{unit}")
    return " ".join(parts[:2]) or f"0\u202f{_('s')}"


@register.filter
def own_account(code: str) -> str:
    """The name of an account of the chart, said to its owner."""
    return account_word(str(code), own=True)


@register.filter
def duty_rate(text: str) -> str:
    """The rate of a duty as a line shows it."""
    return rate_words(str(text))


@register.filter
def told(value: Any) -> str:
    """A fact's evidence on one line: lists joined, the rest as it is."""
    return ", ".join(str(part) for part in value) if isinstance(value, (list, tuple)) else str(value)


@cache
def said_in_chinese() -> dict[str, str]:
    """The reasons of goods rules and the names of supervision modes, as written, in Chinese."""
    with (settings.ROOT / "data/web/said.zh-Hans.csv").open(encoding="utf-8", newline="") as stream:
        return {row["said"]: row["in_chinese"] for row in csv.DictReader(stream)}


@register.filter
def said(text: str | None) -> str:
    """What a table of rules says, in Chinese for who reads Chinese; as it is written for all others."""
    return (
        said_in_chinese().get(text or "", text or "")
        if (get_language() or "").startswith("zh")
        else text or ""
    )


@register.filter
def words(code: Any) -> str:
    """A code of a room as words."""
    return plain(str(code))


@register.filter
def whole(text: str | None) -> int | None:
    """A whole number that a fact keeps as text."""
    return int(text) if text and str(text).isdecimal() else None


@register.filter
def standing(product: ProductDTO) -> str:
    """The weakest standing among a product's facts: missing, estimated, stated or confirmed."""
    known = {fact.status for fact in product.facts}
    if not any(fact.field == "hs_code" for fact in product.facts):
        return "missing"
    return next((status for status in ("estimated", "stated", "confirmed") if status in known), "missing")


@register.filter
def tidy(title: str) -> str:
    """A title that a shop shouts in capitals, spoken: "SPACEBOY LUNCH BOX" as "Spaceboy lunch box"."""
    return title.capitalize() if title.isupper() else title
