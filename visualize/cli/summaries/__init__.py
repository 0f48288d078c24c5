"""What commands print of results: a table or a few lines for each kind."""
