"""Content of files that anybody may have made: doubted in kind, size, type, range and depth before it is used."""
