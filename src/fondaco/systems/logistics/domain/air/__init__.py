"""Distances by air."""
