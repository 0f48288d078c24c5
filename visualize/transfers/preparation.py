"""Pictures as VISSL brings them to a network for its benchmark on Pascal VOC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    import PIL.Image

    from visualize.methods.network.probe import Probe

_SHORT = 256  # pixels that the shorter side is scaled to first


class TwiceResized(Preparation):
    """Scales the shorter side to 256 pixels, then squashes the picture to the network's size; nothing is cut off.

    Example:
        >>> from PIL import Image
        >>> TwiceResized((224, 224)).fit(Image.new("RGB", (500, 375))).size
        (224, 224)
    """

    def fit(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """Bring a Pillow picture to ``size`` (bilinear, antialiased, twice)."""
        from PIL import Image

        wide, tall = picture.size
        short = min(wide, tall)
        first = (max(1, _SHORT * wide // short), max(1, _SHORT * tall // short))
        between = picture if short == _SHORT else picture.resize(first, Image.Resampling.BILINEAR)
        height, width = self.size
        return between.resize((width, height), Image.Resampling.BILINEAR)


def twice_resized(probe: Probe) -> Probe:
    """The network with pictures resized twice and not cut, in its own size and with its own means and deviations."""
    own = probe.prepare
    prepare = TwiceResized(own.size, None, own.order, own.mean, own.std, own.maximum)
    return probe.changed(prepare=prepare)
