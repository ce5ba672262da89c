"""What browsers let a page do."""

import os

from owlpost.settings_brand import brand

#: Where pages open a line, "" where the installation has none. Read here, as no settings of the layer are imported for it.
LINE_URL = "LINE_URL"
#: Which pages of other origins load our elements, "" where none may. The API checks it, and asks which.
EMBED_ORIGINS = "EMBED_ORIGINS"


def content_security_policy() -> str:
    """Return the policy: all of this origin alone, but for the one address of lines, and the one picture of a host's logo."""
    connect = " ".join(filter(None, ("'self'", os.environ.get(LINE_URL))))
    pictures = " ".join(filter(None, ("'self'", "data:", brand().logo)))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; connect-src {connect}; "
        "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def loaded_from() -> dict[str, str]:
    """Return the headers that let pages of other origins load an asset, {} where no other origin is listed.

    Assets are the same for everybody. So they say `*`: what one origin has cached another of the same site may use.
    """
    if not os.environ.get(EMBED_ORIGINS, "").strip():
        return {}
    return {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
