"""Tracking: numbers recognised, predicted arrival, exceptions."""
