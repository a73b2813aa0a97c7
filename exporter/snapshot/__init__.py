"""Everything the faces show at one instant, as one frozen value taken from one commit, and its JSON form.

The faces render it and compute nothing, so they cannot disagree.
"""
