"""Alembic's environment. New revisions: expand first, contract a release later; batch mode for SQLite."""
