"""What is refused before it is sent, and what does not print."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import json
import pickle
import traceback
from pathlib import Path
from typing import Any

import kanda
import pytest
from conftest import Answering, Clients, Planned
from kanda import InvalidArgument, Kanda, Secret, Verdict, is_valid

ENROLMENT = {
    "clientId": "a",
    "secret": "JBSWY3DPEHPK3PXP",
    "otpauthUrl": "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP",
    "qrDataUrl": None,
    "somethingNew": 1,
}


@pytest.mark.parametrize("bad", ["", ".", "..", None, 1.5, True, b"a", "\ud800"])
def test_ids_that_lead_elsewhere_are_refused(answering: Answering, clients: Clients, bad: Any) -> None:
    with pytest.raises(InvalidArgument):
        clients.result(clients.make().clients.get(bad))
    assert answering.seen == [] and answering.exchanged == 0


@pytest.mark.parametrize("id", ["a/../b", "%2e%2e", "a?b#c", "Zoë", "山田 太郎", "a b", "...", "\\", "a;b=c"])
def test_an_id_is_one_part_of_a_path(answering: Answering, clients: Clients, id: str) -> None:
    clients.result(clients.make().clients.delete(id))
    [seen] = answering.seen
    assert seen.path.startswith("/api/totp/clients/")
    assert seen.path.count("/") == 4 and "?" not in seen.path
    from urllib.parse import unquote

    assert unquote(seen.path.rpartition("/")[2]) == id


@pytest.mark.parametrize("key", ["", " a", "a ", "ключ", "a\r\nb: c", "x" * 256, 7])
def test_keys_that_no_header_carries_are_refused(answering: Answering, clients: Clients, key: Any) -> None:
    with pytest.raises(InvalidArgument):
        clients.result(clients.make().validate(client_id="a", token="123456", idempotency_key=key))
    assert answering.seen == []


@pytest.mark.parametrize(
    "options",
    [
        {"url": "kanda.example.com"},
        {"url": "ftp://kanda.example.com"},
        {"url": "https://user:secret@kanda.example.com"},
        {"url": "https://kanda.example.com/?a=b"},
        {"url": "https://kanda.example.com:port"},
        {"url": None},
        {"api_key": "eyJhbGciOi"},
        {"api_key": "kan_a b"},
        {"api_key": "kan_a\n"},
        {"api_key": None},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"timeout": "10"},
        {"retries": -1},
        {"retries": 1.5},
        {"retries": True},
        {"max_retry_after": -1},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument) as raised:
        Kanda(**{"url": "https://kanda.example.com", "api_key": "kan_test", **options})
    assert "secret" not in str(raised.value)


def test_a_path_before_the_api_is_kept(answering: Answering, clients: Clients) -> None:
    clients.result(clients.make(url=f"{answering.url}/kanda//").clients.delete("a"))
    assert answering.seen[0].path == "/kanda/api/totp/clients/a"


def test_nothing_secret_prints(answering: Answering, clients: Clients) -> None:
    answering.plan = [Planned(ENROLMENT)]
    client = clients.make()
    enrolment = clients.result(client.register(client_id="a", label="b", issuer="c"))
    secret = enrolment.secret
    assert secret.reveal() == "JBSWY3DPEHPK3PXP"
    assert enrolment.qr_data_url is None
    printed = [repr(enrolment), str(enrolment), f"{secret} {secret!r} {secret:>20}", "%s" % secret]
    printed += [repr(dataclasses.asdict(enrolment)), repr(copy.deepcopy(enrolment)), repr(vars(client))]
    assert "[redacted]" in printed[0]
    assert "JBSWY3DP" not in "".join(printed) and "kan_test" not in "".join(printed)
    assert not hasattr(secret, "__dict__")
    for dump in (pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            dump(secret)


def test_an_error_prints_neither_key_nor_token(answering: Answering, clients: Clients) -> None:
    answering.plan = [Planned(instead="cut")]
    client = clients.make(retries=0)
    try:
        clients.result(client.validate(client_id="a", token="123456"))
    except kanda.KandaError as error:
        printed = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "OutcomeUnknown" in printed
    assert "kan_test" not in printed.replace("api_key': 'kan_test'", "")
    assert "token-1" not in printed


@pytest.mark.parametrize(
    "answer",
    [None, True, 1, "true", {"valid": True}, Verdict(valid=1), Verdict(valid="true"), Verdict(valid=False), Verdict],  # type: ignore[arg-type]
)
def test_only_a_verdict_that_is_valid_is_valid(answer: object) -> None:
    assert is_valid(answer) is False
    assert is_valid(Verdict(valid=True)) is True


def test_a_verdict_is_as_true_as_it_is_valid() -> None:
    assert bool(Verdict(valid=True)) and not bool(Verdict(valid=False))
    assert not bool(Verdict(valid="true"))  # type: ignore[arg-type]
    assert not bool(kanda.Confirmation(confirmed=False))


def test_a_verdict_that_was_not_awaited_is_an_error(answering: Answering) -> None:
    async def main() -> None:
        verdict = kanda.AsyncKanda(answering.url, "kan_test").validate(client_id="a", token="123456")
        with pytest.raises(InvalidArgument):
            is_valid(verdict)
        verdict.close()

    asyncio.run(main())


def test_a_cancelled_caller_does_not_end_the_exchange_of_the_others(answering: Answering) -> None:
    async def main() -> None:
        client = kanda.AsyncKanda(answering.url, "kan_test", retries=0)
        first = asyncio.create_task(client.validate(client_id="a", token="123456"))
        others = [asyncio.create_task(client.validate(client_id="a", token="123456")) for _ in range(5)]
        await asyncio.sleep(0)
        first.cancel()
        assert all(map(is_valid, await asyncio.gather(*others)))
        with pytest.raises(asyncio.CancelledError):
            await first
        await client.aclose()

    asyncio.run(main())
    assert answering.exchanged == 1


# Seen to fail without the second look in TokenKeeper._renew: the later caller exchanged the key once more.
def test_a_caller_that_comes_too_late_for_an_exchange_takes_its_token(answering: Answering) -> None:
    from kanda._io import run_blocking

    with Kanda(answering.url, "kan_test") as client:
        tokens = client._sender._transport._tokens
        # Both saw no token; the second one begins when the first one's exchange has ended.
        assert run_blocking(tokens._renew(None)) is run_blocking(tokens._renew(None))
    assert answering.exchanged == 1


def test_none_is_left_out_where_it_means_nothing_and_sent_where_it_does(clients: Clients) -> None:
    from kanda import _wire

    sent: list[_wire.Call[Any]] = []

    class Sender:
        def send(self, call: Any, *_: object) -> None:
            sent.append(call)

    from kanda._calls import AuthenticatorCalls

    calls = AuthenticatorCalls(Sender())  # type: ignore[arg-type]
    calls.update("a", "b", name=None)
    calls.update("a", "b", drift=0)
    calls.add("a", confirm=True)
    assert [one.sent_fields() for one in sent] == [{"name": None}, {"drift": 0}, {"confirm": True}]


def test_names_are_changed_within_what_is_sent() -> None:
    from kanda._wire import to_json

    record = {"client_id": "a", "recovery_codes": ["x"], "lastUsedStep": 1, "secret": Secret("s")}
    assert to_json([record]) == [{"clientId": "a", "recoveryCodes": ["x"], "lastUsedStep": 1, "secret": "s"}]


def test_each_error_code_has_its_class() -> None:
    listed = json.loads((Path(__file__).parents[2] / "problems.json").read_text("utf-8"))
    assert len(listed) > 50
    for entry in listed:
        found = getattr(kanda, entry["class"])
        assert issubclass(found, kanda.Problem) and found is kanda.problems.PROBLEM_CLASSES[entry["code"]]
    assert set(kanda.problems.PROBLEM_CLASSES) == {entry["code"] for entry in listed}
    assert set(kanda.__all__) >= {entry["class"] for entry in listed}
