"""Work on several machines: pieces of it, workers that may be lost, and the engine that runs them."""
