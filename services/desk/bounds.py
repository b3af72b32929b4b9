"""Every bound of the desk; those of its rules stand in `domain`."""
