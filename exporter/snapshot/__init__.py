"""The snapshot: everything that is shown at one point in time, as one frozen value from one commit, and its JSON form.

CLI, API, metrics and page only render it, so they always agree.
"""
