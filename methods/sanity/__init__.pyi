from visualize.methods.sanity.method import Sanity as Sanity
from visualize.methods.sanity.result import SanityResult as SanityResult
