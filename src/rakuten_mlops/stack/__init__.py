"""The processes of one machine: how they start, run together and end."""
