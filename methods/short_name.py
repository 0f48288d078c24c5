"""File ``methods.py`` of a wheel, which answers ``import methods`` where the user has no module of that name."""

from visualize.methods.alias import install

if __name__ == "methods":
    install()
