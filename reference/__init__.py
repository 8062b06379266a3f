"""The pages of the documents that the code writes itself: commands, settings, routes, figures."""
