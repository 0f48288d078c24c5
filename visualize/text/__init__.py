"""Names of whole layers' units in free text, by similarities from a file, a vision-language model, or labels."""
