"""The forms of a page with a second factor, written once for both clients: coroutines, which `run_blocking` carries out
where the client is a blocking one."""

from __future__ import annotations

import hashlib
import inspect
import json
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from ._client import AsyncKanda, Kanda
from ._errors import KandaError
from ._second_factor_fields import code_of, name_of, shown_factor
from ._second_factor_outcome import Outcome, method_of, refusal_of, refused
from ._second_factor_state import PHONES, RECOVERY_CODE, Kept, Session, TwoFactor, User
from ._verdict import is_valid
from .problems import AuthenticatorNotFound, ClientExists, ClientNotFound
from .types import Enrolment, Proof

T = TypeVar("T")
Fields = Mapping[str, Any]
OnChange = Callable[[User, TwoFactor], Any]
Way = Callable[[bool, str], Coroutine[Any, Any, Enrolment]]


class Visit:
    """One form of a page."""

    def __init__(self, session: Session, user: User, fields: Fields, now: float) -> None:
        self.kept = Kept(session, user)
        self.user = user
        self.fields = fields
        self.page = fields.get("page")
        self.now = now

    def key(self, purpose: str, shown: object = None) -> str:
        """The Idempotency-Key: the same for a form that comes again, and another for another input. The form's key is
        known to its session alone, so no one else gets the answer that is kept under this."""
        parts = json.dumps([purpose, self.user.client_id, self.page, shown])
        return hashlib.sha256(parts.encode()).hexdigest()


Ask = Callable[[Visit], Coroutine[Any, Any, Outcome]]


class Core:
    def __init__(
        self,
        kanda: Kanda | AsyncKanda,
        now: Callable[[], float],
        issuer: str,
        on_change: OnChange | None,
        recent: float,
    ) -> None:
        self._kanda = kanda
        self._now = now
        self._issuer = issuer
        self._on_change = on_change
        self._recent = recent

    def form(self, session: Session, user: User) -> str:
        key = str(uuid.uuid4())
        Kept(session, user).add_form(key, self._now())
        return key

    async def challenge(self, session: Session, user: User, fields: Fields) -> Outcome:
        async def ask(visit: Visit) -> Outcome:
            shown = shown_factor(fields)
            if shown is None:
                return Outcome("not_a_code")
            key = visit.key("challenge", shown)
            verdict = await _settled(
                self._kanda.validate(
                    client_id=user.client_id,
                    token=shown.get("token"),
                    recovery_code=shown.get("recovery_code"),
                    details=True if "token" in shown else None,
                    idempotency_key=key,
                )
            )
            if not is_valid(verdict):
                return refused(verdict.reason, verdict.retry_after, None)
            method = method_of(verdict, shown)
            # As old as the form: while it was under way two-factor login may have been turned off.
            visit.kept.accept(key, method, visit.now)
            return Outcome(method=method, remaining_recovery_codes=verdict.remaining_recovery_codes)

        return await self._visit(session, user, fields, ask, shows_code=True)

    async def enrol(self, session: Session, user: User, fields: Fields) -> Outcome:
        sent = fields.get("proof")

        async def ask(visit: Visit) -> Outcome:
            proof = shown_factor(sent) if isinstance(sent, Mapping) else None
            if sent is not None and proof is None:
                return Outcome("not_a_code")
            if proof is not None:
                made = await self._replace(visit, proof)
            elif fields.get("add") is True:
                if not self._has_just_shown(visit):
                    return Outcome("second_factor_required")
                made = await self._add(visit)
            elif self._needs_proof(visit):
                return Outcome("proof_needed")
            else:
                made = await self._begin_or_show(visit)
            visit.kept.begin(made.authenticator_id or "", visit.page, visit.now)
            return Outcome(enrolment=made)

        return await self._visit(session, user, fields, ask, shows_code=sent is not None)

    async def confirm(self, session: Session, user: User, fields: Fields) -> Outcome:
        named = fields.get("authenticator_id")
        authenticator_id = named if isinstance(named, str) and named else None

        async def ask(visit: Visit) -> Outcome:
            token = code_of(fields.get("token"))
            if token is None:
                return Outcome("not_a_code")
            key = visit.key("confirm", [token, authenticator_id])
            try:
                answer = await _settled(
                    self._kanda.confirm(
                        client_id=user.client_id, token=token, authenticator_id=authenticator_id, idempotency_key=key
                    )
                )
            except AuthenticatorNotFound:
                # Confirmed in another window of this browser.
                if authenticator_id is None or not visit.kept.has_confirmed(authenticator_id):
                    raise
                return Outcome(method="totp", authenticator_id=authenticator_id)
            if answer.confirmed is not True:
                return refused(answer.reason, answer.retry_after, answer.attempts_left)
            # The kept answer for a form that comes again changes nothing: it may have been turned off since.
            if not visit.kept.has_accepted(key):
                await self._changed(user, "on")
            visit.kept.accept(key, "totp", visit.now)
            visit.kept.confirmed(answer.authenticator_id, visit.now)
            return Outcome(method="totp", authenticator_id=answer.authenticator_id)

        return await self._visit(session, user, fields, ask, shows_code=True)

    async def recovery_codes(self, session: Session, user: User, fields: Fields) -> Outcome:
        async def ask(visit: Visit) -> Outcome:
            if not self._has_just_shown(visit):
                return Outcome("second_factor_required")
            key = visit.key("recovery codes")
            made = await _settled(self._kanda.recovery_codes.create(user.client_id, idempotency_key=key))
            return Outcome(codes=made.codes)

        return await self._visit(session, user, fields, ask)

    async def turn_off(self, session: Session, user: User, fields: Fields) -> Outcome:
        # A reload, or a second click.
        if not user.is_on:
            return Outcome(off=True)

        async def ask(visit: Visit) -> Outcome:
            if not self._has_just_shown(visit):
                return Outcome("second_factor_required")
            left_behind: KandaError | None = None
            await self._changed(user, "ending")
            try:
                await _settled(self._kanda.clients.delete(user.client_id, idempotency_key=visit.key("turn off")))
            except ClientNotFound:
                pass
            except KandaError as error:
                left_behind = error
            if left_behind is None:
                await self._changed(user, "off")
            visit.kept.clear()
            return Outcome(off=True, cause=left_behind)

        return await self._visit(session, user, fields, ask)

    async def _replace(self, visit: Visit, proof: dict[str, str]) -> Enrolment:
        """A phone that takes the place of all others once it is confirmed."""
        key = visit.key("enrol", proof)
        shown = Proof(token=proof["token"]) if "token" in proof else Proof(recovery_code=proof["recovery_code"])
        return await _settled(
            self._kanda.rotate(visit.user.client_id, confirm=True, fresh=True, proof=shown, idempotency_key=key)
        )

    async def _add(self, visit: Visit) -> Enrolment:
        """A further phone beside the others."""
        name = name_of(visit.fields.get("name"))
        return await _settled(
            self._kanda.authenticators.add(
                visit.user.client_id,
                name=name or None,
                confirm=True,
                fresh=True,
                idempotency_key=visit.key("add phone", name),
            )
        )

    async def _begin_or_show(self, visit: Visit) -> Enrolment:
        """The first phone, or a new one after a recovery code.

        Kanda shows an enrolment that waits to any call like the one that began it, so that of another session is ended
        here: someone who knows only the user's password may have begun it, and would have the secret that the user
        confirms. Raises ClientExists when the user has an authenticator: a proof is needed.
        """
        user = visit.user

        async def register(fresh: bool, key: str) -> Enrolment:
            return await _settled(
                self._kanda.register(
                    client_id=user.client_id,
                    label=user.label,
                    issuer=self._issuer,
                    confirm=True,
                    fresh=fresh or None,
                    idempotency_key=key,
                )
            )

        async def rotate(fresh: bool, key: str) -> Enrolment:
            return await _settled(
                self._kanda.rotate(user.client_id, confirm=True, fresh=fresh or None, idempotency_key=key)
            )

        if self._may_replace(visit):
            return await self._through(rotate, "enrol anew", visit)
        try:
            return await self._through(register, "enrol", visit)
        except ClientExists:
            # What is left of a two-factor login that the application has turned off is its own. Any other enrolled
            # client may be another application's.
            if user.two_factor != "ending":
                raise
            return await self._through(rotate, "enrol anew", visit)

    async def _through(self, way: Way, purpose: str, visit: Visit) -> Enrolment:
        begun = visit.kept.begun
        # Not for the form that began it: Kanda has kept its answer.
        if begun and begun.get("page") != visit.page:
            shown = await way(False, visit.key(f"show: {purpose}"))
            if shown.authenticator_id == begun.get("authenticator_id"):
                return shown
        return await way(True, visit.key(purpose))

    def _may_replace(self, visit: Visit) -> bool:
        """A recovery code is the proof for a new phone, for a while."""
        return visit.kept.is_fresh(visit.user.half_open, RECOVERY_CODE, self._now())

    def _needs_proof(self, visit: Visit) -> bool:
        """While it is on, the password alone begins nothing, whatever Kanda knows of the user."""
        shown = visit.kept.is_fresh(None, PHONES, self._now()) or self._may_replace(visit)
        return visit.user.two_factor == "on" and not shown

    def _has_just_shown(self, visit: Visit) -> bool:
        return visit.kept.is_fresh(self._recent, PHONES, self._now())

    async def _changed(self, user: User, two_factor: TwoFactor) -> None:
        if self._on_change is not None:
            await _settled(self._on_change(user, two_factor))

    async def _visit(
        self, session: Session, user: User, fields: Fields, ask: Ask, *, shows_code: bool = False
    ) -> Outcome:
        """Carries out a form that this session showed within the last hour."""
        visit = Visit(session, user, fields, self._now())
        if not visit.kept.is_signed_in(visit.now):
            return Outcome("not_signed_in")
        if not visit.kept.showed_form(visit.page, visit.now):
            return Outcome("page_expired")
        try:
            return await ask(visit)
        except KandaError as error:
            return refusal_of(error, shows_code)


async def _settled(made: T | Awaitable[T]) -> T:
    """The answer of a call, whichever client made it."""
    if inspect.isawaitable(made):
        answer: T = await made
        return answer
    return made
