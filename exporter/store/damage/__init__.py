"""What the store does about damage: it finds it, backs up, restores, and saves what can be read."""
