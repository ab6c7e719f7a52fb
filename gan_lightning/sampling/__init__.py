"""Drawing from a generator: samples, walks between latents, the latents of given images."""
