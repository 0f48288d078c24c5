"""One module for each command, and one for those that come from visualize.methods."""
