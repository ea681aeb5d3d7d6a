"""Makes ``import torchvision`` work beside a CPU build of torch.

The published torchvision wheel is built for CUDA; beside a CPU torch its import stops with "operator
torchvision::nms does not exist". Declaring the two operator schemas first mends it; declaring them where they
exist already raises, so it is done only when that error occurs. ``torchvision.ops.nms`` and
``torchvision.io.read_image`` stay unusable then: read images with PIL.

Call :func:`ensure` before the first import of torchvision, timm or open_clip.
"""

from functools import cache
from importlib import import_module

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@cache
def ensure() -> "torch.library.Library | None":
    """Import torchvision, declaring its two missing operators if (and only if) they are missing.

    Returns the library that holds the declarations (it must stay alive), or None where none was needed.
    """
    try:
        import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        library = torch.library.Library("torchvision", "DEF")
        for schema in _SCHEMAS:
            library.define(schema)
        import_module("torchvision")
        return library
    return None
