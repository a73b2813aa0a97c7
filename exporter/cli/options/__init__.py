"""The options of the commands, and the decorators that add them."""
