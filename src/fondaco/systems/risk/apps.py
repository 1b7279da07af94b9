from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "fondaco.systems.risk"
    label = "risk"
