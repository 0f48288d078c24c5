"""Tables and lines that commands print, by the kind of result."""
