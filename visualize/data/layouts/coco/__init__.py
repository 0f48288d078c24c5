"""COCO's layouts: panoptic segments, outlines of things and stuff, and maps of stuff."""
