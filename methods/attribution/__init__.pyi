from visualize.methods.attribution.deconvolution import Deconvolution as Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation as GuidedBackpropagation
from visualize.methods.attribution.result import AttributionResult as AttributionResult
from visualize.methods.attribution.saliency import Saliency as Saliency
