from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "fondaco.systems.finance"
    label = "finance"
