"""What is measured in a fresh process: each writes what it found as JSON to its last argument."""
