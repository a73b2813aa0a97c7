"""The parts of the snapshot and the lists about notifications."""
