from methods.sanity.method import Sanity as Sanity
from methods.sanity.result import SanityResult as SanityResult
