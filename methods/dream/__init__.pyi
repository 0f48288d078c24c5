from methods.dream.method import DeepDream as DeepDream
from methods.dream.result import DreamResult as DreamResult
