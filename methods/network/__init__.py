"""The network that is looked into."""
