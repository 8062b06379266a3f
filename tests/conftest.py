"""Factories that say only what matters."""
