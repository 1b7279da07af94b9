from django.apps import AppConfig


class WindowConfig(AppConfig):
    name = "fondaco.platforms.window"
    label = "window"
