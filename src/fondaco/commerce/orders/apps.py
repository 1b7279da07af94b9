from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "fondaco.commerce.orders"
    label = "orders"
