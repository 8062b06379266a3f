"""The HTTP API for Python programs: what to ask, what comes back, what went wrong."""
