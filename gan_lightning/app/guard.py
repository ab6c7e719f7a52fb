"""Requests that the page does not answer: uploads, which it has no use for, and those for another host's name."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL = "localhost", "127.0.0.1", "[::1]", "::1"
EVERYWHERE = "0.0.0.0", "::", ""
"""Hosts that stand for every address of this machine, whose names are not known here."""

MAX_BODY = 2**20
"""Bytes of a request; the choices of the page take a few hundred."""


class SmallRequests:
    """Refuses uploads and long requests before anything of them is read or kept.

    Args:
        app: What answers the others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and refuses(scope):
            await PlainTextResponse("this page takes no files", status_code=413)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def refuses(scope: Scope) -> bool:
    """Whether the request uploads something, is long, or does not say how long it is."""
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return False
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    chunked = b"transfer-encoding" in headers
    return "upload" in scope["path"] or chunked or not length.isdigit() or int(length) > MAX_BODY


def guards(host: str) -> list[Middleware]:
    """What stands in front of a page at ``host``.

    A page of another site could have a browser ask this one under a name of its own (DNS rebinding), so only this
    machine's names are answered to, unless the page is open to everybody.
    """
    small = Middleware(SmallRequests)
    if host in EVERYWHERE:
        return [small]
    return [Middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, host], www_redirect=False), small]
