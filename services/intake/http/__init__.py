"""Intake over HTTP: reports, and how their reporters can be reached."""
