"""One service a file: how it is started, what it is sent, and where its answer holds the codes."""
