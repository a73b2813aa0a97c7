"""What a store of many machines was sent, and what it will be sent."""
