"""HTTP answers: JSON, arrays and errors, with caching by revision."""

from __future__ import annotations

import functools
import gzip
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import grpc
import msgspec
from tensorboard import errors
from tensorboard.backend import http_util
from werkzeug import wrappers

from ..provider.sources import SourceError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import Headers

JSON = "application/json"
ARRAYS = "application/octet-stream"

WORTH_COMPRESSING = 1400
"""Bytes; less fits one packet anyway."""
CACHE_SECONDS = 3600

_LOGGER = logging.getLogger(__name__)

Route = Callable[[Any, wrappers.Request], wrappers.Response]


def guarded(route: Route) -> Callable[..., Iterable[bytes]]:
    """Make a method a WSGI application whose every failure is a clear line of text, never a traceback."""

    @functools.wraps(route)
    def application(self: Any, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = wrappers.Request(environ)
        return _answer(functools.partial(route, self), request)(environ, start_response)

    return application


def _answer(route: Callable[[wrappers.Request], wrappers.Response], request: wrappers.Request) -> wrappers.Response:
    if request.method not in ("GET", "HEAD"):
        return text(request, "Only GET is answered here.", 405)
    try:
        return route(request)
    except errors.PublicError as error:
        return text(request, str(error), error.http_code)
    except SourceError as error:
        return text(request, str(error), 503)
    except grpc.RpcError as error:
        code = error.code().name if isinstance(error, grpc.Call) else "an unknown error"
        return text(request, f"TensorBoard's data server answered with {code}; try again.", 503)
    except Exception as error:
        _LOGGER.warning("histdiag could not answer %s", request.path, exc_info=True)
        return text(request, f"histdiag could not answer: {type(error).__name__}. TensorBoard's log says more.", 503)


def text(request: wrappers.Request, message: str, code: int) -> wrappers.Response:
    """Answer with one line."""
    response: wrappers.Response = http_util.Respond(request, message, "text/plain", code=code)
    return response


def struct(request: wrappers.Request, value: msgspec.Struct, *, etag: str = "") -> wrappers.Response:
    """Answer with a struct as JSON."""
    return _respond(request, msgspec.json.encode(value), JSON, etag)


def packed(request: wrappers.Request, body: bytes, content_type: str, *, etag: str) -> wrappers.Response:
    """Answer with what is gzipped already; it is unpacked for a client that does not take it so."""
    return _respond(request, body, content_type, etag, encoding="gzip")


def tensors(request: wrappers.Request, body: bytes, *, etag: str, immutable: bool) -> wrappers.Response:
    """Answer with arrays, compressed by hand since `http_util.Respond` leaves binary data as they are.

    ``immutable`` says that the URL holds the revision, so that the browser need not ask again.
    """
    encoding = None
    if len(body) >= WORTH_COMPRESSING and request.accept_encodings["gzip"]:
        body, encoding = gzip.compress(body, compresslevel=1, mtime=0), "gzip"
    expires = CACHE_SECONDS if immutable else 0
    return _respond(request, body, ARRAYS, etag, encoding, expires)


def file(request: wrappers.Request, body: bytes, content_type: str, *, etag: str) -> wrappers.Response:
    """Answer with a file of the bundle."""
    return _respond(request, body, content_type, etag)


class _NotModified(wrappers.Response):
    """A 304 with the content type that TensorBoard requires of every response; Werkzeug would leave it out."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Content-Type"] = self.headers["Content-Type"]
        return headers


def unchanged(request: wrappers.Request, etag: str, content_type: str) -> wrappers.Response | None:
    """Return 304 where the browser holds this state already."""
    if not request.if_none_match.contains_weak(etag):
        return None
    headers = [("ETag", f'"{etag}"'), ("Cache-Control", "no-cache"), ("X-Content-Type-Options", "nosniff")]
    return _NotModified(status=304, headers=headers, content_type=content_type)


def _respond(
    request: wrappers.Request,
    body: bytes,
    content_type: str,
    etag: str,
    encoding: str | None = None,
    expires: int = 0,
) -> wrappers.Response:
    response: wrappers.Response = http_util.Respond(
        request,
        body,
        content_type,
        expires=expires,
        content_encoding=encoding,
        headers=[("ETag", f'"{etag}"')] if etag else [],
    )
    return response
