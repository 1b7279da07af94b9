"""Who carries and whereto: the reach of the price books."""

from __future__ import annotations

from fondaco.systems.logistics.models import Lane, Provider


def providers() -> dict[str, str]:
    """Code to name of every provider of a price book."""
    return dict(Provider.objects.order_by("code").values_list("code", "name"))


def destinations_served() -> list[str]:
    """The countries that some lane of a published book leads to, sorted."""
    return sorted(Lane.objects.order_by().values_list("destination", flat=True).distinct())
