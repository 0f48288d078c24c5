"""The zoo's cards, one file a family. Data, and nothing that needs torch."""
