"""DEPLOYMENT, its HTTP face."""
