"""What a network says of a whole photograph, and where in it the evidence lies."""
