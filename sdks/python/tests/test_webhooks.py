"""Messages of webhooks, by the example of Standard Webhooks."""

from __future__ import annotations

import pytest

from kanda import webhooks

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = 1614265330
BODY = '{"type": "client.locked", "timestamp": "2021-02-25T15:02:10.000Z", "data": {"sequence": 7}}'


def signed(body: str = BODY, message_id: str = "msg_1", at: int = AT) -> dict[str, str]:
    import base64
    import hashlib
    import hmac

    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{at}.{body}".encode(), hashlib.sha256).digest()
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": f"v1,bm9uZQ== v1,{base64.b64encode(mac).decode()}",
    }


def test_a_message_is_read() -> None:
    message = webhooks.verify(BODY.encode(), signed(), SECRET, now=AT)
    assert (message.id, message.type, message.data) == ("msg_1", "client.locked", {"sequence": 7})
    assert webhooks.verify(BODY, signed(), SECRET, now=AT + 300) == message


def test_the_example_of_standard_webhooks_is_signed_right() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    # Its body has other fields than Kanda's: the signature is right, and the message is none of Kanda's.
    with pytest.raises(KeyError):
        webhooks.verify('{"test": 2432232314}', headers, SECRET, now=AT)


@pytest.mark.parametrize(
    ("body", "headers", "secret", "now"),
    [
        (BODY.replace("7", "8"), signed(), SECRET, AT),
        (BODY, signed() | {"Webhook-Id": "msg_2"}, SECRET, AT),
        (BODY, signed() | {"Webhook-Timestamp": str(AT + 1)}, SECRET, AT),
        (BODY, signed() | {"Webhook-Signature": "v1,"}, SECRET, AT),
        (BODY, signed() | {"Webhook-Signature": signed()["Webhook-Signature"].replace("v1,", "v2,")}, SECRET, AT),
        (BODY, {"Webhook-Id": "msg_1"}, SECRET, AT),
        (BODY, signed(), "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", AT),
        (BODY, signed(), "whsec_not base64", AT),
        (BODY, signed(), SECRET, AT + 301),
        (BODY, signed(), SECRET, AT - 301),
    ],
)
def test_all_else_is_refused(body: str, headers: dict[str, str], secret: str, now: int) -> None:
    with pytest.raises(webhooks.WebhookInvalid):
        webhooks.verify(body, headers, secret, now=now)
