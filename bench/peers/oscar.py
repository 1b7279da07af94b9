"""django-oscar's checkout under several writers: how many pieces it sells beyond its stock.

Its own availability check and `OrderCreator.place_order` in one transaction, as its checkout does.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

# This file is called like the package: its own folder must not come first.
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]


def configure(url: str) -> None:
    """Django with oscar's defaults on the database at `url`."""
    import django
    from django.conf import settings
    from oscar import defaults

    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    database = {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path.lstrip("/"), "HOST": host,
        "USER": parts.username or "", "PASSWORD": parts.password or "", "PORT": parts.port or "",
    }  # fmt: skip
    apps = [
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
        "django.contrib.sites", "django.contrib.flatpages", "django.contrib.staticfiles", "haystack", "treebeard",
        "django_tables2", "widget_tweaks",
        *(config for config in _oscar_apps()),
    ]  # fmt: skip
    shop = {name: getattr(defaults, name) for name in dir(defaults) if name.startswith("OSCAR")}
    settings.configure(
        **shop, SECRET_KEY="peer", DATABASES={"default": database}, INSTALLED_APPS=apps, SITE_ID=1, USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", ROOT_URLCONF="oscar",
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        MIDDLEWARE=[], SILENCED_SYSTEM_CHECKS=["fields.W342"],
    )  # fmt: skip
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def _oscar_apps() -> list[str]:
    names = (
        "analytics checkout address shipping catalogue catalogue.reviews communication partner basket payment offer "
        "order customer search voucher wishlists dashboard dashboard.reports dashboard.users dashboard.orders "
        "dashboard.catalogue dashboard.offers dashboard.partners dashboard.pages dashboard.ranges dashboard.reviews "
        "dashboard.vouchers dashboard.communications dashboard.shipping"
    )
    return ["oscar.config.Shop", *(f"oscar.apps.{name}.apps.{_config(name)}" for name in names.split())]


def _config(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "dashboard":
        return (
            "".join(part.title() for part in parts[1:]) + "DashboardConfig"
            if parts[1:]
            else "DashboardConfig"
        )
    return ("CatalogueReviews" if name == "catalogue.reviews" else parts[0].title()) + "Config"


def make_product(stock: int) -> Any:
    """One product with `stock` pieces."""
    from oscar.core.loading import get_model

    kind = get_model("catalogue", "ProductClass").objects.create(name="Thing", track_stock=True)
    product = get_model("catalogue", "Product").objects.create(
        title="Cup", product_class=kind, structure="standalone"
    )
    partner = get_model("partner", "Partner").objects.create(name="Seller")
    get_model("partner", "StockRecord").objects.create(
        product=product, partner=partner, partner_sku="CUP", price=Decimal("4.99"), num_in_stock=stock
    )
    return product.pk


def attempt(number: int, product_id: Any) -> bool:
    """One buyer: a basket, the availability check, an order, in one transaction; whether it was sold."""
    from django.db import connection, transaction
    from oscar.apps.checkout.calculators import OrderTotalCalculator
    from oscar.apps.order.utils import OrderCreator
    from oscar.apps.partner.strategy import Default
    from oscar.apps.shipping.methods import Free
    from oscar.core.loading import get_model

    try:
        with transaction.atomic():
            basket = get_model("basket", "Basket").objects.create()
            basket.strategy = Default()
            product = get_model("catalogue", "Product").objects.get(pk=product_id)
            allowed, _ = basket.strategy.fetch_for_product(product).availability.is_purchase_permitted(1)
            if not allowed:
                return False
            basket.add_product(product, 1)
            method = Free()
            charge = method.calculate(basket)
            total = OrderTotalCalculator().calculate(basket, charge)
            OrderCreator().place_order(
                basket=basket, total=total, shipping_method=method, shipping_charge=charge,
                order_number=f"N{number}", status="new",
            )  # fmt: skip
            return True
    finally:
        connection.close()


def main() -> None:
    """Sell and count."""
    asked = json.load(sys.stdin)
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "0")
    configure(asked["url"])
    product = make_product(asked["stock"])
    with ThreadPoolExecutor(asked["writers"]) as pool:
        sold = sum(pool.map(lambda n: attempt(n, product), range(asked["attempts"])))
    print(json.dumps({"sold": sold, "oversold": max(0, sold - asked["stock"]), **asked, "url": ""}))


main()
