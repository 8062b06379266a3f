"""Figures about decisions, repeatable on any imported catalogue: `python -m evaluation.NAME`."""
