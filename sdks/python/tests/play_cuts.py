"""Validates a code of each user through a proxy that cuts, eight at a time: `play_cuts.py sync|async USERS.json`.

Prints how many were accepted, and as JSON what was not.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kanda import AsyncKanda, Kanda, Verdict, is_valid
from scenario_values import hotp, present_step

CALLERS = 8
URL, API_KEY = os.environ["KANDA_PROXY"], os.environ["KANDA_API_KEY"]
# Ten tries fail by chance once in ten million calls.
RETRIES = 10
User = dict[str, str]


def blocking(users: list[User]) -> list[Verdict]:
    with Kanda(URL, API_KEY, retries=RETRIES) as kanda, ThreadPoolExecutor(CALLERS) as threads:

        def validate(user: User) -> Verdict:
            return kanda.validate(client_id=user["clientId"], token=hotp(user["secret"], present_step()))

        return list(threads.map(validate, users))


async def awaited(users: list[User]) -> list[Verdict]:
    turns = asyncio.Semaphore(CALLERS)
    async with AsyncKanda(URL, API_KEY, retries=RETRIES) as kanda:

        async def validate(user: User) -> Verdict:
            async with turns:
                return await kanda.validate(client_id=user["clientId"], token=hotp(user["secret"], present_step()))

        return await asyncio.gather(*map(validate, users))


def main() -> None:
    users: list[User] = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    verdicts = blocking(users) if sys.argv[1] == "sync" else asyncio.run(awaited(users))
    refused = [[user["clientId"], one.reason] for user, one in zip(users, verdicts) if not is_valid(one)]
    print(json.dumps({"accepted": len(verdicts) - len(refused), "refused": refused}))


main()
