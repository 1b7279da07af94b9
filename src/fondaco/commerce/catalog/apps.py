from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "fondaco.commerce.catalog"
    label = "catalog"
