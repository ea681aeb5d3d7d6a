"""GANs whose pictures stay the same when the wording changes: SSA-GAN and AttnGAN with distribution-sensitive losses.

After "The Right Losses for the Right Gains" (arXiv 2312.10854).
"""
