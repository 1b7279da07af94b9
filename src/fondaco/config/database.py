"""Bring the database up: embedded server, database, extensions, migrations."""

from __future__ import annotations

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from fondaco.kernel.postgres import cluster


def ensure_server() -> None:
    """Start the embedded server and make its database, unless DATABASE_URL names another."""
    if not settings.EMBEDDED:
        return
    own = cluster(settings.HOME)
    own.start()
    with psycopg.connect(own.url("postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'fondaco'").fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE fondaco"))


def ensure_schema() -> None:
    """Apply the migrations that are missing; where none is, that is all that is asked (every command asks)."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
