"""The paths of the HTTP API that have a route of their own."""

#: By these the access log tells what was asked for; all else goes to the API as well.
API_PATHS = (
    "/v1/auth/{proxy+}",
    "/v1/notifications",
    "/v1/channels",
    "/v1/destinations",
    "/v1/lines",
    *(
        f"/v1/{noun}/{{proxy+}}"
        for noun in ("notifications", "devices", "destinations", "projects", "teams", "invites")
    ),
    "/v1/unsubscribe",
)
#: What of the HTTP API are pages for people; an invitation's mail links to /invite/accept.
DASHBOARD_PATHS = (
    "/",
    "/dashboard",
    "/dashboard/{proxy+}",
    "/invite/{proxy+}",
    "/assets/{proxy+}",
    "/sw.js",
    "/manifest.webmanifest",
)
