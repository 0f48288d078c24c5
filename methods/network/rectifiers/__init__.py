"""What a rectifier does to the gradient on the way back, and where the rectifiers of a network are."""
