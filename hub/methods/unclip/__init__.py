"""Text to image embedding to picture at low cost, after Zbinden (arXiv 2209.10948), with image guidance."""
