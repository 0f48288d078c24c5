"""Colours of maps of numbers, from little to much, even to the eye: equal steps of a value look equally large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.drawing.panel import to_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.drawing.palette import Palette
    from visualize.methods.drawing.panel import Picture


# Every fifth of the 256 colours of inferno, magma and viridis, by Nathaniel J. Smith, Stefan van der Walt and (viridis)
# Eric Firing, who gave them to the public domain (CC0); bids.github.io/colormap. Six hexadecimal digits a colour.
_TABLES = {
    "inferno": (
        "00000402020c0504170a072210092d160b391e0c45260c512f0a5b380962400a67490b6a510e6c59106e61136e69166e71196e"
        "781c6d801f6c88226a902568982766a02a63a82e5fb0315bb73557bf3952c63d4dcc4248d34743d94d3ddf5337e45a31e9612b"
        "ed6925f1711ff47918f78212f98b0bfa9407fb9d07fca60cfcb014fbba1ffac42af8cd37f6d746f4e156f2ea69f2f27df5f992"
        "fcffa4"
    ),
    "magma": (
        "00000402020b0504160907200e0b2b140e361a104221114e29115a311165390f6e420f754a107952137c5a167e6219806a1c81"
        "721f81792282812581892881912b81992d80a1307eaa337db2357bba3878c23b75ca3e72d2426fd9466be04c67e75263ec5860"
        "f1605df4695cf7725cf97b5dfb8560fc8e64fd9869fea16efeaa74feb47bfebd82fec68afecf92fed89afde2a3fdebacfcf4b6"
        "fcfdbf"
    ),
    "viridis": (
        "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a3a538b38598c355e8d33638d"
        "31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d20928c1f978b1e9c891fa18821a58524aa8328ae802eb37c"
        "35b7793dbc7446c06f50c46a5ac86465cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26cae11fd8e219e5e419f1e51d"
        "fde725"
    ),
    "grey": "000000ffffff",
    # Made here: lightness L* 5 + 75 |v|, hues 255 and 45 degrees of CIELAB, chroma at most 90 |v| and what sRGB holds.
    "signed": (
        "89ceff53bfff00aff7009edf008cc8007cb1006b9a005b84004c6f003d59112e40141f28111111271b173e251c552f216c3827"
        "85432c9f4d31b95736d4623cef6c41ff7e52ff9b78ffb49a"
    ),
}


def coloured(values: NDArray[np.floating], colours: Palette = "inferno") -> Picture:
    """Values in 0..1 in colour: H x W to H x W x 3, RGB, uint8; what lies outside takes the colour of the end.

    Args:
        values: H x W; in -1..1 for signed colours.
        colours: the colour map; grey goes from black to white. All grow lighter from 0 to 1, and from 0 to -1, so that
            values can be told apart in print as well.

    Example:
        >>> coloured(np.array([[0.0, 1.0]]), "viridis").tolist()
        [[[68, 1, 84], [253, 231, 37]]]
        >>> coloured(np.array([[-1.0, 0.0, 1.0]]), "signed").tolist()
        [[[137, 206, 255], [17, 17, 17], [255, 180, 154]]]
    """
    table = np.frombuffer(bytes.fromhex(_TABLES[colours]), np.uint8).reshape(-1, 3) / 255
    least = -1 if colours == "signed" else 0
    places = np.linspace(least, 1, len(table))
    clipped = np.clip(values, least, 1)
    return to_uint8(np.stack([np.interp(clipped, places, channel) for channel in table.T], axis=-1))
