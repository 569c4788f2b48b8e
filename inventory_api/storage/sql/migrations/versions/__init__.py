"""One file a revision, one head."""
