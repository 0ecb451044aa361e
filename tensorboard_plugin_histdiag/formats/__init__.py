"""Renderers: a `Report` (or the rules' documentation) in, one string out, nothing else."""
