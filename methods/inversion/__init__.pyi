from methods.inversion.method import Inversion as Inversion
from methods.inversion.result import InversionResult as InversionResult
