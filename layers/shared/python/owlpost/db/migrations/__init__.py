"""Numbered SQL files, run in order and once each by `owlpost.db.migrate`; safe while the old code still runs."""
