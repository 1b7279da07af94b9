"""Tags that draw packed boxes."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fondaco.delivery.web.boxes import draw_box, legend

register = template.Library()


@register.simple_tag
def box_picture(parcel: Any, name: str = "") -> SafeString | str:
    """The picture of a parcel's pieces in their places with its legend; empty where they have no places."""
    drawing = draw_box(parcel, name=str(name or getattr(parcel, "tracking_number", "") or "0"))
    if drawing is None:
        return ""
    return format_html(
        '<figure class="max-w-[360px]">{}<figcaption><ul class="caption mt-1 grid gap-x-4 gap-y-1 sm:grid-cols-2"'
        ' aria-label="{}">{}</ul></figcaption></figure>',
        drawing.svg, _("Pieces in this box"), legend(drawing.keys),
    )  # fmt: skip
