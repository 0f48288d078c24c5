from visualize.methods.inversion.method import Inversion as Inversion
from visualize.methods.inversion.result import InversionResult as InversionResult
