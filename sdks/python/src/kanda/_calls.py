"""Every call, for the synchronous client and the asynchronous one. Written by tools/write-sdk.ts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from . import _wire, types
from ._pages import AsyncPages, AsyncSender, Pages, Sender
from ._wire import UNSET, Unset


class UserCalls:
    """The calls that an application makes of each user."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def register(
        self,
        *,
        client_id: str,
        label: str,
        issuer: str,
        type: Literal["totp", "hotp"] | None = None,
        counter: int | None = None,
        algorithm: Literal["SHA1", "SHA256", "SHA512"] | None = None,
        digits: Literal[6, 8] | None = None,
        period: int | None = None,
        secret: str | None = None,
        allow_short_secret: bool | None = None,
        last_used_step: int | None = None,
        name: str | None = None,
        confirm: bool | None = None,
        expires_in: int | None = None,
        fresh: bool | None = None,
        qr: Literal["png", "svg", "none"] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Enrolment:
        """Enrols a user: secret, URL and QR code, shown once.

        With `confirm` it counts only after a first right code."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/register"),
            _wire.record(types.Enrolment),
            {
                "clientId": client_id,
                "label": label,
                "issuer": issuer,
                "type": type,
                "counter": counter,
                "algorithm": algorithm,
                "digits": digits,
                "period": period,
                "secret": secret,
                "allowShortSecret": allow_short_secret,
                "lastUsedStep": last_used_step,
                "name": name,
                "confirm": confirm,
                "expiresIn": expires_in,
                "fresh": fresh,
                "qr": qr,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def confirm(
        self,
        *,
        client_id: str,
        token: str,
        authenticator_id: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Confirmation:
        """Confirms a pending authenticator with its first code.

        A wrong one is an answer: `confirmed` is False."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/confirm"),
            _wire.record(types.Confirmation, "confirmed", bool),
            {
                "clientId": client_id,
                "token": token,
                "authenticatorId": authenticator_id,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def validate(
        self,
        *,
        client_id: str,
        token: str | None = None,
        recovery_code: str | None = None,
        device_token: str | None = None,
        details: bool | None = None,
        trust_device: types.TrustDevice | None = None,
        action: types.ReceiptAction | None = None,
        audience: str | None = None,
        receipt_expires_in: int | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Verdict:
        """Checks a code, a recovery code, or the token of a trusted device; a right one is used up.

        Let the user in only when `is_valid` says so."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/validate"),
            _wire.record(types.Verdict, "valid", bool),
            {
                "clientId": client_id,
                "token": token,
                "recoveryCode": recovery_code,
                "deviceToken": device_token,
                "details": details,
                "trustDevice": trust_device,
                "action": action,
                "audience": audience,
                "receiptExpiresIn": receipt_expires_in,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def rotate(
        self,
        client_id: str,
        *,
        authenticator_id: str | None = None,
        confirm: bool | None = None,
        expires_in: int | None = None,
        fresh: bool | None = None,
        proof: types.Proof | None = None,
        qr: Literal["png", "svg", "none"] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Enrolment:
        """Replaces a user's secret: at once, or with `confirm` once the new one is confirmed.

        `proof` has Kanda check first."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/rotate/{}", client_id),
            _wire.record(types.Enrolment),
            {
                "authenticatorId": authenticator_id,
                "confirm": confirm,
                "expiresIn": expires_in,
                "fresh": fresh,
                "proof": proof,
                "qr": qr,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def import_(
        self,
        *,
        records: Sequence[types.ImportRecord],
        on_conflict: Literal["skip", "replace"] | None = None,
        allow_short_secrets: bool | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> tuple[types.ImportResult, ...]:
        """Takes over users of another program, 50 at most; one result for each, in their order."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/import"),
            _wire.records(types.ImportResult, "results"),
            {
                "records": records,
                "onConflict": on_conflict,
                "allowShortSecrets": allow_short_secrets,
                "dryRun": dry_run,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)


class ClientCalls:
    """The enrolled users."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(
        self,
        *,
        q: str | None = None,
        status: Literal["active", "pending", "locked", "disabled"] | None = None,
        weak: bool | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Pages[types.Client]:
        """All that match, newest first.

        `limit` is how many a page has, not how many there are."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients"),
            _wire.page_of(types.Client),
            {
                "q": q,
                "status": status,
                "weak": weak,
                "limit": limit,
            },
        )
        return Pages(self._sender, call, timeout)

    def get(
        self,
        client_id: str,
        *,
        timeout: float | None = None,
    ) -> types.Client:
        """One user."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}", client_id),
            _wire.record(types.Client),
        )
        return self._sender.send(call, timeout)

    def update(
        self,
        client_id: str,
        *,
        label: str | None = None,
        issuer: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Client:
        """Changes label or issuer, which the next QR code shows; the secret stays."""
        call = _wire.Call(
            "PATCH",
            _wire.path("/api/totp/clients/{}", client_id),
            _wire.record(types.Client),
            {
                "label": label,
                "issuer": issuer,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def delete(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Removes the user with all secrets; the log stays."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}", client_id),
            _wire.nothing,
        )
        return self._sender.send(call, timeout, idempotency_key)

    def unlock(
        self,
        client_id: str,
        *,
        reset_clock: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Client:
        """Ends a lock or delay and forgets the failures that led to it."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/unlock", client_id),
            _wire.record(types.Client),
            {
                "resetClock": reset_clock,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def disable(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Client:
        """Refuses every code of the user until `enable`, and ends the trusted devices."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/disable", client_id),
            _wire.record(types.Client),
        )
        return self._sender.send(call, timeout, idempotency_key)

    def enable(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Client:
        """Accepts codes of the user again."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/enable", client_id),
            _wire.record(types.Client),
        )
        return self._sender.send(call, timeout, idempotency_key)

    def diagnose(
        self,
        client_id: str,
        *,
        token: str,
        authenticator_id: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Diagnosis:
        """Why a user's code does not work; it accepts none.

        Needs the scope `totp:support`."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/diagnose", client_id),
            _wire.record(types.Diagnosis, "finding", str),
            {
                "token": token,
                "authenticatorId": authenticator_id,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)


class AuthenticatorCalls:
    """A user's phones and hardware tokens."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def add(
        self,
        client_id: str,
        *,
        label: str | None = None,
        issuer: str | None = None,
        type: Literal["totp", "hotp"] | None = None,
        counter: int | None = None,
        algorithm: Literal["SHA1", "SHA256", "SHA512"] | None = None,
        digits: Literal[6, 8] | None = None,
        period: int | None = None,
        secret: str | None = None,
        allow_short_secret: bool | None = None,
        last_used_step: int | None = None,
        name: str | None = None,
        confirm: bool | None = None,
        expires_in: int | None = None,
        fresh: bool | None = None,
        qr: Literal["png", "svg", "none"] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Enrolment:
        """A further authenticator, such as a second phone.

        With `confirm` it waits for its first code."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/authenticators", client_id),
            _wire.record(types.Enrolment),
            {
                "label": label,
                "issuer": issuer,
                "type": type,
                "counter": counter,
                "algorithm": algorithm,
                "digits": digits,
                "period": period,
                "secret": secret,
                "allowShortSecret": allow_short_secret,
                "lastUsedStep": last_used_step,
                "name": name,
                "confirm": confirm,
                "expiresIn": expires_in,
                "fresh": fresh,
                "qr": qr,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def list(
        self,
        client_id: str,
        *,
        timeout: float | None = None,
    ) -> tuple[types.Authenticator, ...]:
        """All of the user's, oldest first."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}/authenticators", client_id),
            _wire.records(types.Authenticator, "data"),
        )
        return self._sender.send(call, timeout)

    def get(
        self,
        client_id: str,
        authenticator_id: str,
        *,
        timeout: float | None = None,
    ) -> types.Authenticator:
        """One of them."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}/authenticators/{}", client_id, authenticator_id),
            _wire.record(types.Authenticator),
        )
        return self._sender.send(call, timeout)

    def update(
        self,
        client_id: str,
        authenticator_id: str,
        *,
        name: str | None | Unset = UNSET,
        drift: int | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Authenticator:
        """Renames it (None: no name), or forgets the drift of its clock."""
        call = _wire.Call(
            "PATCH",
            _wire.path("/api/totp/clients/{}/authenticators/{}", client_id, authenticator_id),
            _wire.record(types.Authenticator),
            {
                "name": _wire.nullable(name),
                "drift": drift,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def remove(
        self,
        client_id: str,
        authenticator_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Removes it, or cancels a pending one.

        The only confirmed one cannot be removed: AuthenticatorLast."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}/authenticators/{}", client_id, authenticator_id),
            _wire.nothing,
        )
        return self._sender.send(call, timeout, idempotency_key)

    def resync(
        self,
        client_id: str,
        authenticator_id: str,
        *,
        tokens: Sequence[str],
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Resync:
        """Finds its clock or counter again with two codes that follow each other.

        Codes that do not fit are an answer."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/authenticators/{}/resync", client_id, authenticator_id),
            _wire.record(types.Resync, "resynced", bool),
            {
                "tokens": tokens,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)


class RecoveryCodeCalls:
    """A user's recovery codes, each accepted once in place of a code of the phone."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def create(
        self,
        client_id: str,
        *,
        count: int | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.RecoveryCodes:
        """Makes new ones, shown once; all earlier ones are void."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/recovery-codes", client_id),
            _wire.record(types.RecoveryCodes, "codes", list),
            {
                "count": count,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def status(
        self,
        client_id: str,
        *,
        timeout: float | None = None,
    ) -> types.RecoveryCodeStatus:
        """How many are left; never a code."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}/recovery-codes", client_id),
            _wire.record(types.RecoveryCodeStatus),
        )
        return self._sender.send(call, timeout)

    def delete(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Voids all of them."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}/recovery-codes", client_id),
            _wire.nothing,
        )
        return self._sender.send(call, timeout, idempotency_key)


class DeviceCalls:
    """The browsers that a user trusts."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(
        self,
        client_id: str,
        *,
        timeout: float | None = None,
    ) -> tuple[types.Device, ...]:
        """All of the user's, oldest first."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}/devices", client_id),
            _wire.records(types.Device, "data"),
        )
        return self._sender.send(call, timeout)

    def end(
        self,
        client_id: str,
        device_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Ends one: that browser is asked for a code again."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}/devices/{}", client_id, device_id),
            _wire.nothing,
        )
        return self._sender.send(call, timeout, idempotency_key)

    def end_all(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Ends all of the user's."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}/devices", client_id),
            _wire.nothing,
        )
        return self._sender.send(call, timeout, idempotency_key)


class ReceiptCalls:
    """What users approved with a code, signed by Kanda."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def redeem(
        self,
        *,
        receipt: str,
        audience: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.RedeemedReceipt:
        """Takes a receipt, once.

        Compare `client_id` and `action` with what you are about to do.

        Needs the scope `receipts:redeem`."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/receipts/redeem"),
            _wire.record(types.RedeemedReceipt, "redeemed", bool),
            {
                "receipt": receipt,
                "audience": audience,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)


class LinkCalls:
    """Pages of Kanda on which users enrol and show codes."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def create(
        self,
        *,
        client_id: str,
        purpose: Literal["enrol", "replace", "challenge"],
        ttl: int | None = None,
        return_url: str | None = None,
        locale: Literal["en", "de", "fr", "es", "pt", "it", "ja", "zh", "ar"] | None = None,
        label: str | None = None,
        issuer: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.MadeLink:
        """Makes a link.

        Send its `url` to the user alone, and keep its `id` with the browser that it is for.

        Needs the scope `links:write` or `totp:write`."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/links"),
            _wire.record(types.MadeLink, "url", str),
            {
                "clientId": client_id,
                "purpose": purpose,
                "ttl": ttl,
                "returnUrl": return_url,
                "locale": locale,
                "label": label,
                "issuer": issuer,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)

    def redeem(
        self,
        *,
        result: str,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.RedeemedLink:
        """Takes the result that a browser has brought back, once.

        Compare `link_id` with the link that you made for this browser.

        Needs the scope `totp:validate`."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/links/redeem"),
            _wire.record(types.RedeemedLink, "redeemed", bool),
            {
                "result": result,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)


class LogCalls:
    """The access log."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(
        self,
        *,
        client_id: str | None = None,
        client_id_prefix: str | None = None,
        event: types.EventName | None = None,
        events: str | None = None,
        outcome: Literal["success", "failure"] | None = None,
        reason: str | None = None,
        actor: str | None = None,
        ip: str | None = None,
        q: str | None = None,
        mode: Literal["live", "test"] | None = None,
        from_: str | None = None,
        to: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Pages[types.LoggedEvent]:
        """All events that match, newest first.

        `limit` is how many a page has, not how many there are."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/logs"),
            _wire.page_of(types.LoggedEvent),
            {
                "clientId": client_id,
                "clientIdPrefix": client_id_prefix,
                "event": event,
                "events": events,
                "outcome": outcome,
                "reason": reason,
                "actor": actor,
                "ip": ip,
                "q": q,
                "mode": mode,
                "from": from_,
                "to": to,
                "limit": limit,
            },
        )
        return Pages(self._sender, call, timeout)

    def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
    ) -> types.LoggedEvent:
        """One event."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/logs/{}", id),
            _wire.record(types.LoggedEvent),
        )
        return self._sender.send(call, timeout)


class PolicyCalls:
    """The policy of the account: how clocks may differ, how soon wrong codes lock."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def get(
        self,
        *,
        timeout: float | None = None,
    ) -> types.PolicySettings:
        """The policy, its defaults and the allowed ranges."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/policy"),
            _wire.record(types.PolicySettings),
        )
        return self._sender.send(call, timeout)

    def set(
        self,
        *,
        skew: int | None = None,
        free_failures: int | None = None,
        first_delay_seconds: int | None = None,
        max_delay_seconds: int | None = None,
        daily_failures: int | None = None,
        tell_replays: bool | None = None,
        confirm_skew: int | None = None,
        max_authenticators: int | None = None,
        look_ahead: int | None = None,
        follow_drift: bool | None = None,
        trusted_devices: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.PolicySettings:
        """Sets the policy; what is left out gets its default.

        Needs the scope `keys:write`."""
        call = _wire.Call(
            "PUT",
            _wire.path("/api/policy"),
            _wire.record(types.PolicySettings),
            {
                "skew": skew,
                "freeFailures": free_failures,
                "firstDelaySeconds": first_delay_seconds,
                "maxDelaySeconds": max_delay_seconds,
                "dailyFailures": daily_failures,
                "tellReplays": tell_replays,
                "confirmSkew": confirm_skew,
                "maxAuthenticators": max_authenticators,
                "lookAhead": look_ahead,
                "followDrift": follow_drift,
                "trustedDevices": trusted_devices,
            },
        )
        return self._sender.send(call, timeout, idempotency_key)


class AsyncUserCalls:
    """`UserCalls` with `await`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def register(
        self,
        *,
        client_id: str,
        label: str,
        issuer: str,
        type: Literal["totp", "hotp"] | None = None,
        counter: int | None = None,
        algorithm: Literal["SHA1", "SHA256", "SHA512"] | None = None,
        digits: Literal[6, 8] | None = None,
        period: int | None = None,
        secret: str | None = None,
        allow_short_secret: bool | None = None,
        last_used_step: int | None = None,
        name: str | None = None,
        confirm: bool | None = None,
        expires_in: int | None = None,
        fresh: bool | None = None,
        qr: Literal["png", "svg", "none"] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Enrolment:
        """Enrols a user: secret, URL and QR code, shown once.

        With `confirm` it counts only after a first right code."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/register"),
            _wire.record(types.Enrolment),
            {
                "clientId": client_id,
                "label": label,
                "issuer": issuer,
                "type": type,
                "counter": counter,
                "algorithm": algorithm,
                "digits": digits,
                "period": period,
                "secret": secret,
                "allowShortSecret": allow_short_secret,
                "lastUsedStep": last_used_step,
                "name": name,
                "confirm": confirm,
                "expiresIn": expires_in,
                "fresh": fresh,
                "qr": qr,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def confirm(
        self,
        *,
        client_id: str,
        token: str,
        authenticator_id: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Confirmation:
        """Confirms a pending authenticator with its first code.

        A wrong one is an answer: `confirmed` is False."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/confirm"),
            _wire.record(types.Confirmation, "confirmed", bool),
            {
                "clientId": client_id,
                "token": token,
                "authenticatorId": authenticator_id,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def validate(
        self,
        *,
        client_id: str,
        token: str | None = None,
        recovery_code: str | None = None,
        device_token: str | None = None,
        details: bool | None = None,
        trust_device: types.TrustDevice | None = None,
        action: types.ReceiptAction | None = None,
        audience: str | None = None,
        receipt_expires_in: int | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Verdict:
        """Checks a code, a recovery code, or the token of a trusted device; a right one is used up.

        Let the user in only when `is_valid` says so."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/validate"),
            _wire.record(types.Verdict, "valid", bool),
            {
                "clientId": client_id,
                "token": token,
                "recoveryCode": recovery_code,
                "deviceToken": device_token,
                "details": details,
                "trustDevice": trust_device,
                "action": action,
                "audience": audience,
                "receiptExpiresIn": receipt_expires_in,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def rotate(
        self,
        client_id: str,
        *,
        authenticator_id: str | None = None,
        confirm: bool | None = None,
        expires_in: int | None = None,
        fresh: bool | None = None,
        proof: types.Proof | None = None,
        qr: Literal["png", "svg", "none"] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Enrolment:
        """Replaces a user's secret: at once, or with `confirm` once the new one is confirmed.

        `proof` has Kanda check first."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/rotate/{}", client_id),
            _wire.record(types.Enrolment),
            {
                "authenticatorId": authenticator_id,
                "confirm": confirm,
                "expiresIn": expires_in,
                "fresh": fresh,
                "proof": proof,
                "qr": qr,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def import_(
        self,
        *,
        records: Sequence[types.ImportRecord],
        on_conflict: Literal["skip", "replace"] | None = None,
        allow_short_secrets: bool | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> tuple[types.ImportResult, ...]:
        """Takes over users of another program, 50 at most; one result for each, in their order."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/import"),
            _wire.records(types.ImportResult, "results"),
            {
                "records": records,
                "onConflict": on_conflict,
                "allowShortSecrets": allow_short_secrets,
                "dryRun": dry_run,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)


class AsyncClientCalls:
    """`ClientCalls` with `await`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    def list(
        self,
        *,
        q: str | None = None,
        status: Literal["active", "pending", "locked", "disabled"] | None = None,
        weak: bool | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> AsyncPages[types.Client]:
        """All that match, newest first.

        `limit` is how many a page has, not how many there are."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients"),
            _wire.page_of(types.Client),
            {
                "q": q,
                "status": status,
                "weak": weak,
                "limit": limit,
            },
        )
        return AsyncPages(self._sender, call, timeout)

    async def get(
        self,
        client_id: str,
        *,
        timeout: float | None = None,
    ) -> types.Client:
        """One user."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}", client_id),
            _wire.record(types.Client),
        )
        return await self._sender.send(call, timeout)

    async def update(
        self,
        client_id: str,
        *,
        label: str | None = None,
        issuer: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Client:
        """Changes label or issuer, which the next QR code shows; the secret stays."""
        call = _wire.Call(
            "PATCH",
            _wire.path("/api/totp/clients/{}", client_id),
            _wire.record(types.Client),
            {
                "label": label,
                "issuer": issuer,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def delete(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Removes the user with all secrets; the log stays."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}", client_id),
            _wire.nothing,
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def unlock(
        self,
        client_id: str,
        *,
        reset_clock: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Client:
        """Ends a lock or delay and forgets the failures that led to it."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/unlock", client_id),
            _wire.record(types.Client),
            {
                "resetClock": reset_clock,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def disable(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Client:
        """Refuses every code of the user until `enable`, and ends the trusted devices."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/disable", client_id),
            _wire.record(types.Client),
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def enable(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Client:
        """Accepts codes of the user again."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/enable", client_id),
            _wire.record(types.Client),
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def diagnose(
        self,
        client_id: str,
        *,
        token: str,
        authenticator_id: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Diagnosis:
        """Why a user's code does not work; it accepts none.

        Needs the scope `totp:support`."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/diagnose", client_id),
            _wire.record(types.Diagnosis, "finding", str),
            {
                "token": token,
                "authenticatorId": authenticator_id,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)


class AsyncAuthenticatorCalls:
    """`AuthenticatorCalls` with `await`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def add(
        self,
        client_id: str,
        *,
        label: str | None = None,
        issuer: str | None = None,
        type: Literal["totp", "hotp"] | None = None,
        counter: int | None = None,
        algorithm: Literal["SHA1", "SHA256", "SHA512"] | None = None,
        digits: Literal[6, 8] | None = None,
        period: int | None = None,
        secret: str | None = None,
        allow_short_secret: bool | None = None,
        last_used_step: int | None = None,
        name: str | None = None,
        confirm: bool | None = None,
        expires_in: int | None = None,
        fresh: bool | None = None,
        qr: Literal["png", "svg", "none"] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Enrolment:
        """A further authenticator, such as a second phone.

        With `confirm` it waits for its first code."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/authenticators", client_id),
            _wire.record(types.Enrolment),
            {
                "label": label,
                "issuer": issuer,
                "type": type,
                "counter": counter,
                "algorithm": algorithm,
                "digits": digits,
                "period": period,
                "secret": secret,
                "allowShortSecret": allow_short_secret,
                "lastUsedStep": last_used_step,
                "name": name,
                "confirm": confirm,
                "expiresIn": expires_in,
                "fresh": fresh,
                "qr": qr,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def list(
        self,
        client_id: str,
        *,
        timeout: float | None = None,
    ) -> tuple[types.Authenticator, ...]:
        """All of the user's, oldest first."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}/authenticators", client_id),
            _wire.records(types.Authenticator, "data"),
        )
        return await self._sender.send(call, timeout)

    async def get(
        self,
        client_id: str,
        authenticator_id: str,
        *,
        timeout: float | None = None,
    ) -> types.Authenticator:
        """One of them."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}/authenticators/{}", client_id, authenticator_id),
            _wire.record(types.Authenticator),
        )
        return await self._sender.send(call, timeout)

    async def update(
        self,
        client_id: str,
        authenticator_id: str,
        *,
        name: str | None | Unset = UNSET,
        drift: int | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Authenticator:
        """Renames it (None: no name), or forgets the drift of its clock."""
        call = _wire.Call(
            "PATCH",
            _wire.path("/api/totp/clients/{}/authenticators/{}", client_id, authenticator_id),
            _wire.record(types.Authenticator),
            {
                "name": _wire.nullable(name),
                "drift": drift,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def remove(
        self,
        client_id: str,
        authenticator_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Removes it, or cancels a pending one.

        The only confirmed one cannot be removed: AuthenticatorLast."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}/authenticators/{}", client_id, authenticator_id),
            _wire.nothing,
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def resync(
        self,
        client_id: str,
        authenticator_id: str,
        *,
        tokens: Sequence[str],
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.Resync:
        """Finds its clock or counter again with two codes that follow each other.

        Codes that do not fit are an answer."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/authenticators/{}/resync", client_id, authenticator_id),
            _wire.record(types.Resync, "resynced", bool),
            {
                "tokens": tokens,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)


class AsyncRecoveryCodeCalls:
    """`RecoveryCodeCalls` with `await`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def create(
        self,
        client_id: str,
        *,
        count: int | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.RecoveryCodes:
        """Makes new ones, shown once; all earlier ones are void."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/clients/{}/recovery-codes", client_id),
            _wire.record(types.RecoveryCodes, "codes", list),
            {
                "count": count,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def status(
        self,
        client_id: str,
        *,
        timeout: float | None = None,
    ) -> types.RecoveryCodeStatus:
        """How many are left; never a code."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}/recovery-codes", client_id),
            _wire.record(types.RecoveryCodeStatus),
        )
        return await self._sender.send(call, timeout)

    async def delete(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Voids all of them."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}/recovery-codes", client_id),
            _wire.nothing,
        )
        return await self._sender.send(call, timeout, idempotency_key)


class AsyncDeviceCalls:
    """`DeviceCalls` with `await`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def list(
        self,
        client_id: str,
        *,
        timeout: float | None = None,
    ) -> tuple[types.Device, ...]:
        """All of the user's, oldest first."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/totp/clients/{}/devices", client_id),
            _wire.records(types.Device, "data"),
        )
        return await self._sender.send(call, timeout)

    async def end(
        self,
        client_id: str,
        device_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Ends one: that browser is asked for a code again."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}/devices/{}", client_id, device_id),
            _wire.nothing,
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def end_all(
        self,
        client_id: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Ends all of the user's."""
        call = _wire.Call(
            "DELETE",
            _wire.path("/api/totp/clients/{}/devices", client_id),
            _wire.nothing,
        )
        return await self._sender.send(call, timeout, idempotency_key)


class AsyncReceiptCalls:
    """`ReceiptCalls` with `await`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def redeem(
        self,
        *,
        receipt: str,
        audience: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.RedeemedReceipt:
        """Takes a receipt, once.

        Compare `client_id` and `action` with what you are about to do.

        Needs the scope `receipts:redeem`."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/receipts/redeem"),
            _wire.record(types.RedeemedReceipt, "redeemed", bool),
            {
                "receipt": receipt,
                "audience": audience,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)


class AsyncLinkCalls:
    """`LinkCalls` with `await`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def create(
        self,
        *,
        client_id: str,
        purpose: Literal["enrol", "replace", "challenge"],
        ttl: int | None = None,
        return_url: str | None = None,
        locale: Literal["en", "de", "fr", "es", "pt", "it", "ja", "zh", "ar"] | None = None,
        label: str | None = None,
        issuer: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.MadeLink:
        """Makes a link.

        Send its `url` to the user alone, and keep its `id` with the browser that it is for.

        Needs the scope `links:write` or `totp:write`."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/links"),
            _wire.record(types.MadeLink, "url", str),
            {
                "clientId": client_id,
                "purpose": purpose,
                "ttl": ttl,
                "returnUrl": return_url,
                "locale": locale,
                "label": label,
                "issuer": issuer,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)

    async def redeem(
        self,
        *,
        result: str,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.RedeemedLink:
        """Takes the result that a browser has brought back, once.

        Compare `link_id` with the link that you made for this browser.

        Needs the scope `totp:validate`."""
        call = _wire.Call(
            "POST",
            _wire.path("/api/totp/links/redeem"),
            _wire.record(types.RedeemedLink, "redeemed", bool),
            {
                "result": result,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)


class AsyncLogCalls:
    """`LogCalls` with `await`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    def list(
        self,
        *,
        client_id: str | None = None,
        client_id_prefix: str | None = None,
        event: types.EventName | None = None,
        events: str | None = None,
        outcome: Literal["success", "failure"] | None = None,
        reason: str | None = None,
        actor: str | None = None,
        ip: str | None = None,
        q: str | None = None,
        mode: Literal["live", "test"] | None = None,
        from_: str | None = None,
        to: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> AsyncPages[types.LoggedEvent]:
        """All events that match, newest first.

        `limit` is how many a page has, not how many there are."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/logs"),
            _wire.page_of(types.LoggedEvent),
            {
                "clientId": client_id,
                "clientIdPrefix": client_id_prefix,
                "event": event,
                "events": events,
                "outcome": outcome,
                "reason": reason,
                "actor": actor,
                "ip": ip,
                "q": q,
                "mode": mode,
                "from": from_,
                "to": to,
                "limit": limit,
            },
        )
        return AsyncPages(self._sender, call, timeout)

    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
    ) -> types.LoggedEvent:
        """One event."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/logs/{}", id),
            _wire.record(types.LoggedEvent),
        )
        return await self._sender.send(call, timeout)


class AsyncPolicyCalls:
    """`PolicyCalls` with `await`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def get(
        self,
        *,
        timeout: float | None = None,
    ) -> types.PolicySettings:
        """The policy, its defaults and the allowed ranges."""
        call = _wire.Call(
            "GET",
            _wire.path("/api/policy"),
            _wire.record(types.PolicySettings),
        )
        return await self._sender.send(call, timeout)

    async def set(
        self,
        *,
        skew: int | None = None,
        free_failures: int | None = None,
        first_delay_seconds: int | None = None,
        max_delay_seconds: int | None = None,
        daily_failures: int | None = None,
        tell_replays: bool | None = None,
        confirm_skew: int | None = None,
        max_authenticators: int | None = None,
        look_ahead: int | None = None,
        follow_drift: bool | None = None,
        trusted_devices: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> types.PolicySettings:
        """Sets the policy; what is left out gets its default.

        Needs the scope `keys:write`."""
        call = _wire.Call(
            "PUT",
            _wire.path("/api/policy"),
            _wire.record(types.PolicySettings),
            {
                "skew": skew,
                "freeFailures": free_failures,
                "firstDelaySeconds": first_delay_seconds,
                "maxDelaySeconds": max_delay_seconds,
                "dailyFailures": daily_failures,
                "tellReplays": tell_replays,
                "confirmSkew": confirm_skew,
                "maxAuthenticators": max_authenticators,
                "lookAhead": look_ahead,
                "followDrift": follow_drift,
                "trustedDevices": trusted_devices,
            },
        )
        return await self._sender.send(call, timeout, idempotency_key)
