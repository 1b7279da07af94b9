"""Tags of the customs, screening and logistics pages."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def waited(span: timedelta | None) -> str:
    """How long something has waited: minutes below an hour, hours below two days, then days."""
    if span is None:
        return "–"
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(hours)d h %(minutes)02d min") % {"hours": minutes // 60, "minutes": minutes % 60}
    return _("%(n)d days") % {"n": minutes // (24 * 60)}
