"""DEPLOYMENT: from text to category, without the libraries that trained it."""
