"""Results that are kept on the disk and used again: by what they depend on, checked before they are believed."""
