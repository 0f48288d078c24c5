"""ADE20K: objects and parts of scenes, and the names that pictures' notes give them."""
