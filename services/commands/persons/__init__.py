"""What is held of one person in all places, and what of it is left when it was erased."""
