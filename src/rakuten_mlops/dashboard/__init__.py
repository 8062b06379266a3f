"""PRESENTATION: pages that know the HTTP API and nothing else."""
