"""YOLO's segmentations: outlines in texts, and the files that name their classes."""
