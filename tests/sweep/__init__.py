"""Networks of torchvision and timm, each looked at by a probe and beside that by plain hooks and occlusion.

``python -m tests.sweep`` takes all of them, or those whose names are given; the suite takes a few.
"""
