"""Whether a limit lasts until its reset: the user's rhythm, the chance to run out, the verdict. `docs/formulas.md`."""
