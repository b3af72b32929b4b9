"""The notifier over HTTP: the cases and their stories, and answers of those without Kafka."""
