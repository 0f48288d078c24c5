"""What a trunk can learn from pictures without the names of scenes: pretext tasks, and the loop that trains on them."""
