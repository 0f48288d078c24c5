from methods.top_images.empirical_field import EmpiricalField as EmpiricalField
from methods.top_images.method import TopImages as TopImages
from methods.top_images.result import TopResult as TopResult
