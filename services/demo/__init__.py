"""The play: a city that reports, departments that answer, and an observer who counts.

Nothing here is part of a running house; every actor speaks only Kafka.
"""
