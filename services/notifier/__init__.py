"""The notifier: where each case stands until closed, its clocks, and who must be told."""
