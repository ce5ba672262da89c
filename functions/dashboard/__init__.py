"""The web dashboard: pages of plain web components that use the JSON API. `main` serves them, `static` holds them."""
