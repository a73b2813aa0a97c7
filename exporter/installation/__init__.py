"""The folder that `./start.sh install` installs into: updating it, and going back to the version before."""
