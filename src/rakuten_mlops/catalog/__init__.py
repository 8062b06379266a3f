"""DATA: listings, labels and revisions, and where they come from."""
