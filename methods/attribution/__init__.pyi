from methods.attribution.deconvolution import Deconvolution as Deconvolution
from methods.attribution.guided_backprop import GuidedBackpropagation as GuidedBackpropagation
from methods.attribution.result import AttributionResult as AttributionResult
from methods.attribution.saliency import Saliency as Saliency
