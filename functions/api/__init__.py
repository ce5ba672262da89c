"""The HTTP API that the dashboard, the iOS app and the CLI speak: one module per noun, `main` puts them together."""
