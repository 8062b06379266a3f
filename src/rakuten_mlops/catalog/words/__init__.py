"""The words of the synthetic catalogue: TOML files written by hand, and their reader."""
