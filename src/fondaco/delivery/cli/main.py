"""The entry point of `fondaco`: Django first, then the commands."""

from __future__ import annotations

import os

import django


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    django.setup()
    from fondaco.delivery.cli.commands import app

    app()
