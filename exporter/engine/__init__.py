"""What runs when: changes reported by the system, looks on a schedule, all ingested by one thread."""
