"""Chaos: thousands of notifications through the local engine while a seeded script breaks what can break."""
