"""LabelMe's JSON files: shapes, and what they are drawn as."""
