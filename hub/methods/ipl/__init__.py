"""A generator adapted to a look that words name, without a picture of it: IPL (CVPR 2023) and StyleGAN-NADA."""
