from visualize.methods.ascent.method import GradientAscent as GradientAscent
from visualize.methods.ascent.result import AscentResult as AscentResult
