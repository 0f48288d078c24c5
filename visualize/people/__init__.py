"""Names that people gave to units: words compared, names that several people share, and files of them."""
