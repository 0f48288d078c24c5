"""Files of probe sets: bytes to arrays."""
