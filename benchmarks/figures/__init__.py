"""One figure a file: `rows(bench)` measures it and returns its rows of the table."""
