"""VERSIONING: versions, aliases, and the gate between them."""
