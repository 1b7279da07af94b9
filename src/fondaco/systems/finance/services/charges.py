"""What a provider is asked for: one charge per payment, or one for all shares of a basket."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.payments import Charge
from fondaco.systems.finance.models import PaymentIntent


def charge_id(intent: PaymentIntent) -> UUID:
    """What the provider's key names: the payment, or the basket that it is a share of."""
    return intent.basket_id or intent.id


def provider_key(intent: PaymentIntent) -> str:
    """The key under which the provider knows this attempt."""
    return f"{charge_id(intent)}-{intent.attempt}"


def id_in_key(key: str) -> UUID | None:
    """The payment or basket that a provider's key names; None for a key of somebody else."""
    try:
        return UUID(key[:36])
    except ValueError:
        return None


def charged(intent: PaymentIntent) -> Money:
    """What the provider is asked for: the whole basket where it is a share of one, or the part to be captured."""
    minor = intent.basket.amount_minor if intent.basket else intent.asked_minor or intent.amount_minor
    return Money(minor, intent.currency)


def charge_of(intent: PaymentIntent) -> Charge:
    """The instruction to a provider for the present try."""
    about = f"basket:{intent.basket_id}" if intent.basket_id else f"order:{intent.order_id}"
    now = not intent.authorised_minor
    return Charge(provider_key(intent), charged(intent), intent.method, about, capture=now)


def by_charge(intents: Iterable[PaymentIntent]) -> dict[str, list[PaymentIntent]]:
    """`intents` by the provider's key: a basket's shares are together."""
    groups: dict[str, list[PaymentIntent]] = defaultdict(list)
    for intent in intents:
        groups[provider_key(intent)].append(intent)
    return dict(groups)


def named(ids: Iterable[UUID | None]) -> QuerySet[PaymentIntent]:
    """The payments that these ids name, baskets with all their shares."""
    wanted = [one for one in ids if one]
    return PaymentIntent.objects.house().filter(
        Q(id__in=wanted, basket__isnull=True) | Q(basket_id__in=wanted)
    )


def whole(intents: Sequence[PaymentIntent]) -> list[PaymentIntent]:
    """`intents` with the other shares of their baskets: these move together or not at all."""
    baskets = {intent.basket_id for intent in intents if intent.basket_id}
    if not baskets:
        return list(intents)
    rest = PaymentIntent.objects.house().filter(basket__in=baskets).exclude(id__in=[i.id for i in intents])
    return [*intents, *rest]
