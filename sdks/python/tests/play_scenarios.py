"""Plays `sdks/scenarios.json` against a live server, through the proxy that cuts: `play_scenarios.py sync|async`.

Prints a line of JSON for each scenario: its name, whether it was as expected, and what was not. The environment says
where the server is: KANDA_URL, KANDA_PROXY, KANDA_CONTROL, KANDA_OWNER_TOKEN, KANDA_PASSWORD.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import httpx
from kanda import AsyncKanda, AsyncPages, Kanda, Pages, Problem, is_valid
from scenario_values import Names, differences, snake

SCENARIOS = Path(__file__).parents[2] / "scenarios.json"


class Stage:
    """The server, its owner, and the proxy before it."""

    def __init__(self, asynchronous: bool) -> None:
        self.loop = asyncio.new_event_loop() if asynchronous else None
        self.proxy = os.environ["KANDA_PROXY"]
        self._control = os.environ["KANDA_CONTROL"]
        self._password = os.environ["KANDA_PASSWORD"]
        bearer = {"authorization": f"Bearer {os.environ['KANDA_OWNER_TOKEN']}"}
        self._owner = httpx.Client(base_url=os.environ["KANDA_URL"], headers=bearer, timeout=60)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        answer = self._owner.request(method, path, json=body) if body is not None else self._owner.request(method, path)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def change_password(self) -> None:
        new = f"nine lanterns on a slow canal {secrets.token_hex(6)}"
        self.ask("POST", "/api/auth/password", {"currentPassword": self._password, "newPassword": new})
        self._password = new

    def cut(self, cuts: list[Any]) -> None:
        httpx.post(self._control, json=cuts).raise_for_status()

    def planned_cuts(self) -> int:
        planned: int = httpx.get(self._control).json()["planned"]
        return planned


class Playing:
    """One scenario with a key of its own."""

    def __init__(self, stage: Stage, key: Any) -> None:
        self._stage = stage
        self._key = key
        self._names = Names()
        self._clients: dict[str, Kanda | AsyncKanda] = {}
        self._open("default", {})

    def close(self) -> None:
        for client in self._clients.values():
            if isinstance(client, Kanda):
                client.close()
            else:
                self._result(client.aclose())

    def step(self, step: Any) -> list[str]:
        """What is not as expected; empty when all is."""
        if "call" in step:
            return self._call(step)
        if "cut" in step:
            self._stage.cut(step["cut"])
        elif step.get("owner") == "changePassword":
            self._stage.change_password()
        elif step.get("owner") == "revokeKey":
            self._stage.ask("DELETE", f"/api/keys/{self._key['id']}")
        else:
            self._open(step["client"], step)
        return []

    def _open(self, name: str, step: Any) -> None:
        options: dict[str, Any] = {}
        if "retries" in step:
            options["retries"] = step["retries"]
        if "timeoutMs" in step:
            options["timeout"] = step["timeoutMs"] / 1_000
        url = "http://127.0.0.1:2" if step.get("url") == "nowhere" else self._stage.proxy
        kind = Kanda if self._stage.loop is None else AsyncKanda
        self._clients[name] = kind(url, self._key["apiKey"], **options)

    def _result(self, made: Any) -> Any:
        """What a call comes to, whichever client made it; of a list, all of it."""
        if isinstance(made, Pages):
            return list(made)
        if isinstance(made, AsyncPages):
            made = _all_of(made)
        if inspect.isawaitable(made):
            assert self._stage.loop is not None
            return self._stage.loop.run_until_complete(made)
        return made

    def _call(self, step: Any) -> list[str]:
        fields = self._names.fill(step.get("with", {}))
        options = {snake(name): value for name, value in self._names.fill(step.get("options", {})).items()}
        kept = step.get("as")
        try:
            answer = self._result(self._make(step, fields, options))
        except Exception as error:
            if kept is not None:
                self._names.save(kept, None, fields)
            return self._raised(step.get("throws"), error)
        if kept is not None:
            self._names.save(kept, answer, fields)
        if "throws" in step:
            return [f"expected {step['throws']['class']}, and it answered {answer!r}"]
        wrong = differences(self._names.fill(step["expect"]), answer) if "expect" in step else []
        # Of every verdict: only the one that lets the user in is valid, and true.
        if step["call"] == "validate" and not is_valid(answer) == bool(answer) == step["expect"]["valid"]:
            wrong.append(f"is_valid says {is_valid(answer)}, and an `if` {bool(answer)}")
        return wrong

    def _make(self, step: Any, fields: Any, options: Any) -> Any:
        method: Any = self._clients[step.get("using", "default")]
        *groups, name = step["call"].split(".")
        for part in [*groups, name]:
            method = getattr(method, snake(part))
        named = {snake(one): value for one, value in fields.items()}
        parameters = inspect.signature(method).parameters.values()
        ids = [one.name for one in parameters if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        return method(*[named.pop(one) for one in ids], **named, **options)

    def _raised(self, expected: Any, error: Exception) -> list[str]:
        if expected is None:
            return [f"it raised {error!r}"]
        fields = {name: value for name, value in expected.items() if name not in ("class", "cause")}
        if type(error).__name__ != expected["class"]:
            return [f"expected {expected['class']}, and it raised {error!r}"]
        wrong = differences(self._names.fill(fields), error, "the error")
        cause = getattr(error, "cause", None)
        if "cause" in expected and not (type(cause).__name__ == expected["cause"] and error.__cause__ is cause):
            wrong.append(f"its cause is {cause!r}")
        if isinstance(error, Problem) and not error.request_id.startswith("req_"):
            wrong.append("it has no request_id")
        return wrong


async def _all_of(pages: AsyncPages[Any]) -> list[Any]:
    return [one async for one in pages]


def play(scenario: Any, stage: Stage) -> list[str]:
    needs = scenario.get("needs", {})
    scopes = {"scopes": needs["scopes"]} if "scopes" in needs else {}
    key = stage.ask("POST", "/api/keys", {"name": "scenario", **scopes})
    if "policy" in needs:
        stage.ask("PUT", "/api/policy", needs["policy"])
    playing = Playing(stage, key)
    try:
        for index, step in enumerate(scenario["steps"]):
            wrong = playing.step(step)
            if wrong:
                return [f"step {index} {json.dumps(step)}", *wrong]
        return ["a cut was planned and not made"] if stage.planned_cuts() > 0 else []
    finally:
        playing.close()
        if "policy" in needs:
            stage.ask("PUT", "/api/policy", {})


def main() -> None:
    stage = Stage(sys.argv[1] == "async")
    for scenario in json.loads(SCENARIOS.read_text("utf-8"))["scenarios"]:
        wrong = play(scenario, stage)
        print(json.dumps({"name": scenario["name"], "ok": not wrong, "wrong": wrong}), flush=True)


main()
