from visualize.methods.top_images.empirical_field import EmpiricalField as EmpiricalField
from visualize.methods.top_images.method import TopImages as TopImages
from visualize.methods.top_images.result import TopResult as TopResult
