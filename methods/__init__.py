"""Ways of looking at one unit of a vision network, behind one interface: the package ``visualize.methods``.

Names are loaded when they are first used, so that importing this package costs nothing; ``__init__.pyi`` lists them.
"""

if __name__ == "methods":  # asked for by the folder's name: the package's own one is another
    from visualize.methods.alias import install

    install()
else:
    from visualize.methods.lazy import attach

    __getattr__, __dir__ = attach(__name__)
