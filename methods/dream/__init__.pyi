from visualize.methods.dream.method import DeepDream as DeepDream
from visualize.methods.dream.result import DreamResult as DreamResult
