"""What is worth a notification, and its words."""
