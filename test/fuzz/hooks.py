"""What schemathesis needs to know about Kanda besides its openapi.json: how to log in, and what "documented" means."""

import ipaddress
import itertools
import json
import os
import urllib.request

import schemathesis

KANDA = os.environ["KANDA_URL"]
PASSWORD = "a sentence that nobody else would write"
NUMBERS = itertools.count(1)
CALLS = itertools.count()

KNOWN_EMAIL = "someone@example.com"

# Python has no names for classes of characters: the same sets, spelled out. Halves of surrogate pairs it does not
# make up, so no value is made up for them.
CLASSES = {
    r"\p{Cc}": r"\x00-\x1f\x7f-\x9f",
    r"\p{Cf}": r"\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff",
    r"\p{Cs}": "",
    r"\p{Zl}": r"\u2028",
    r"\p{Zp}": r"\u2029",
    r"\p{White_Space}": r"\s",
    r"\p{Default_Ignorable_Code_Point}": r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff",
}


def fresh_address():
    """Limits count by address: each request comes from one of its own, so that none is in the way."""
    return str(ipaddress.ip_address("10.0.0.0") + next(NUMBERS))


def post(path, body, bearer=None):
    headers = {"Content-Type": "application/json", "X-Forwarded-For": fresh_address()}
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    request = urllib.request.Request(f"{KANDA}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


post("/api/auth/register", {"email": KNOWN_EMAIL, "password": PASSWORD})


# Some calls end the log-in, and wrong passwords lock the name out for a while: the next request then comes
# from an account of its own. So does one after a wrong password, which does no harm.
@schemathesis.auth(retry_on=[401, 429])
class LogIn:
    """A log-in may do everything. Its account has a client with the name that openapi.json has as the example."""

    def get(self, case, ctx):
        credentials = {"email": f"fuzz-{next(NUMBERS)}@example.com", "password": PASSWORD}
        post("/api/auth/register", credentials)
        token = post("/api/auth/login", credentials)["token"]
        client = {"clientId": "user-123", "label": "alice@example.com", "issuer": "MyApp", "qr": "none"}
        post("/api/totp/register", client, token)
        return token

    def set(self, case, data, ctx):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_load_schema(ctx, raw_schema):
    def translate(node):
        if isinstance(node, list):
            for item in node:
                translate(item)
        elif isinstance(node, dict):
            pattern = node.get("pattern")
            if isinstance(pattern, str):
                for name, characters in CLASSES.items():
                    pattern = pattern.replace(name, characters)
                node["pattern"] = pattern
            for item in node.values():
                translate(item)

    translate(raw_schema)


@schemathesis.hook
def before_call(ctx, case, kwargs):
    case.headers["X-Forwarded-For"] = fresh_address()
    # To a live bearer the calls of test mode are not there, whatever the method: 404, and no 405 that names others.
    if case.operation.path.startswith("/api/test/") and case.method.lower() != case.operation.method.lower():
        case.headers["Kanda-Mode"] = "test"
    # Longer than a request line may be is 431 at every path, before any operation is found.
    for name, value in (case.query or {}).items():
        if isinstance(value, str):
            case.query[name] = value[:1_000]
    if next(CALLS) % 2 == 1 or not isinstance(case.body, dict):
        return
    # No one would guess a password: every other call knows it.
    for field in ("password", "currentPassword"):
        if isinstance(case.body.get(field), str):
            case.body[field] = PASSWORD
    if case.operation.path == "/api/auth/login" and isinstance(case.body.get("email"), str):
        case.body["email"] = KNOWN_EMAIL


@schemathesis.check
def status_documented_by_number(ctx, response, case):
    """Stricter than status_code_conformance, for which each operation's `default` documents every status."""
    status = str(response.status_code)
    if status in case.operation.definition.raw["responses"]:
        return
    # A method that the path does not know belongs to no operation.
    if response.status_code == 405 and case.method.lower() != case.operation.method.lower():
        return
    raise AssertionError(f"{case.operation.label} answered {status}, which openapi.json does not name")
