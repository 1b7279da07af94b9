"""DTM's date formats (data element 2379) as moments, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from fondaco.kernel.edifact.syntax import Segment, segment

_FORMATS = {"102": "%Y%m%d", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S", "101": "%y%m%d", "201": "%y%m%d%H%M"}


def moment_of(dtm: Segment | None) -> datetime | None:
    """The moment a DTM states, or None where it is absent or in a format not read here.

    Formats 102, 203, 204, 101, 201; 205 with an offset (Z or +hhmm); 303 with UTC. A time without a zone is
    taken as UTC: the standard leaves it to agreement.
    """
    if dtm is None:
        return None
    value, form = dtm.get(0, 1), dtm.get(0, 2)
    try:
        if form in {"205", "303"}:
            return _zoned(value)
        return datetime.strptime(value, _FORMATS[form]).replace(tzinfo=UTC) if form in _FORMATS else None
    except ValueError:
        return None


def dtm(qualifier: str, at: datetime) -> Segment:
    """A DTM in format 203, in UTC."""
    return segment("DTM", (qualifier, f"{at.astimezone(UTC):%Y%m%d%H%M}", "203"))


def _zoned(value: str) -> datetime:
    local, zone = datetime.strptime(value[:12], "%Y%m%d%H%M").replace(tzinfo=UTC), value[12:]
    if zone in {"", "Z", "UTC", "GMT"}:
        return local
    sign = {"+": 1, "-": -1}[zone[0]] if zone[0] in "+-" else 1
    digits = zone.lstrip("+-Z")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0))
    return local.replace(tzinfo=timezone(sign * offset))
