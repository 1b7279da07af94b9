"""Distances by sea: lanes, passages that may be shut, ports, and the way between any two of them."""
