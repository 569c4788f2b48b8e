"""Events to retailers, by Standard Webhooks 1.0: signed, at least once, never into our own network."""
