from methods.ascent.method import GradientAscent as GradientAscent
from methods.ascent.result import AscentResult as AscentResult
