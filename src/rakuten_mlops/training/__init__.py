"""TRAINING: from a revision of the catalogue to a candidate and its scorecard."""
