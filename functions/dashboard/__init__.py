"""The web dashboard: four pages of plain web components over the JSON API. `main` serves them, `static` holds them."""
