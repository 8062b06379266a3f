"""MONITORING: what was served, and what changes."""
