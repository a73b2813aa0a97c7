"""The composition root: the only package that reads configuration and connects the parts."""
