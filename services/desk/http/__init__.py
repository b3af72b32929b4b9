"""The desk over HTTP: what people see of the cases, and who they are."""
