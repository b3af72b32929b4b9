"""What the notifier does with each kind of event: load, decide, save, tell."""
