from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "fondaco.systems.statistics"
    label = "statistics"
