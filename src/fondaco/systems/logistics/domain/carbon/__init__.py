"""Greenhouse gases of a transport chain, by ISO 14083."""
