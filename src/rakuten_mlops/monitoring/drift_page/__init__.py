"""A report on drift as one HTML file, to look at or to send: no script, nothing from elsewhere."""
