"""Consolidating shipments into containers, unit load devices and pallets by column generation."""
