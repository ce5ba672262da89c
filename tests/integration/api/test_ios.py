"""The calls of the iOS app, in the order in which it makes them."""

from tests.integration.api.conftest import Inbox, Postman
from tests.support.api import ApiClient
from tests.support.people import Person


def test_the_app_signs_in_registers_reads_and_signs_out(
    nobody: ApiClient, postman: Postman, ada: Person, inbox: Inbox
) -> None:
    inbox.put(3, data='{"project_id": "p1"}')
    assert nobody.post("/v1/auth/send-code", {"email": ada.email}).status == 200
    token = nobody.post("/v1/auth/verify-code", {"email": ada.email, "code": postman.code}).body["token"]
    app = ApiClient(bearer=token)
    device = {"channel": "mobile_push", "platform": "ios", "token": "AB" * 32, "environment": "sandbox"}
    assert app.post("/v1/devices", device).status == 201
    assert app.get("/v1/notifications/unread-count").body == {"count": 3}

    page = app.get("/v1/notifications", read_state="all", limit=2)
    first, second = page.body["notifications"]
    assert first["project_id"] == "p1"
    rest = app.get("/v1/notifications", read_state="all", limit=2, cursor=page.body["cursor"])
    assert (len(rest.body["notifications"]), rest.body["has_more"]) == (1, False)

    assert app.patch(f"/v1/notifications/{first['id']}", {"read": True}).body["unread_count"] == 2
    assert app.delete(f"/v1/notifications/{second['id']}").body["unread_count"] == 1
    assert app.post("/v1/notifications/mark-all-read", {}).body == {"marked": 1, "unread_count": 0}

    assert app.get("/v1/auth/me").body["notification_types"]
    patch = {"preferences": {"notifications": {"types": {"feedback.new": {"mobile_push": False}}}}}
    assert app.patch("/v1/auth/me", patch).status == 200

    [registered] = app.get("/v1/devices").body["devices"]
    assert app.delete(f"/v1/devices/{registered['id']}").status == 200
    assert app.post("/v1/auth/logout").body == {"success": True}
    assert app.get("/v1/notifications").status == 401
