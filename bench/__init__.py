"""`make bench`: what the components, the local loop, packaging and the local cloud cost, always compared with something else."""
