"""Headers that every answer carries, whichever part of the service gave it.

What an answer says itself stays: pages have a policy of their own (``web/render.py``).
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

GUARDS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
# Also a redirect, a problem or a 404 says something about who was here.
NOT_KEPT = (b"cache-control", b"no-store")
SAME_FOR_EVERYBODY = "/static/"


class Guarded:
    """Add the guards an answer does not carry yet."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith(SAME_FOR_EVERYBODY)
        guards = GUARDS if static else (*GUARDS, NOT_KEPT)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                carried = list(message.get("headers", ()))
                names = {name.lower() for name, _ in carried}
                missing = [guard for guard in guards if guard[0] not in names]
                message = {**message, "headers": carried + missing}
            await send(message)

        await self.app(scope, receive, guarded)
