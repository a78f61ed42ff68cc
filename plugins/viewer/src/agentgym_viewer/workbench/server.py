"""The server: every page is made in a thread, and every answer says what its page may do."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiohttp import web

from agentgym_core import __version__
from agentgym_core.errors import AgentGymError
from agentgym_viewer.workbench import pages
from agentgym_viewer.workbench.admission import Admission, Refused
from agentgym_viewer.workbench.assets import KINDS, content
from agentgym_viewer.workbench.database import is_damage
from agentgym_viewer.workbench.figures import Desk
from agentgym_viewer.workbench.index import Index
from agentgym_viewer.workbench.news import News
from agentgym_viewer.workbench.settings import WorkbenchSettings
from agentgym_viewer.workbench.site import Asked, Missing, Page, Site

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
THREADS = 4
BODY = 256 * 1024
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may do: load and ask this workbench, and nothing else."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: with it a browser says `Origin: null` of our own forms, as a stranger's page would.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
    "server": "agentgym",
}


class Workbench:
    """The workbench of one folder. An async context manager: inside, its handler answers."""

    def __init__(self, folder: Path, settings: WorkbenchSettings) -> None:
        self.settings = settings
        self.news = News()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.index = Index(folder, self._publish, Path(settings.cache) if settings.cache else None)
        self.site = Site(self.index, Desk(self.index, lambda id: self._publish([id])), __version__)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="agentgym-page")
        self._admission = Admission(settings)

    async def __aenter__(self) -> Workbench:
        self._loop = asyncio.get_running_loop()
        await self._loop.run_in_executor(self._pool, self.index.start)
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.news.close()
        self._loop = None
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self.site.close()
        self._pool.shutdown(cancel_futures=True)
        self.site.desk.close()
        self.index.close()

    def application(self) -> web.Application:
        """What aiohttp serves."""
        made = web.Application(middlewares=[self._let_in], client_max_size=BODY)
        for path, page in pages.ROUTES.items():
            made.router.add_get(path, self._shown(page))
        for path, act in pages.ACTS.items():
            made.router.add_post(path, self._shown(act))
        made.router.add_get("/events", self.news.serve)
        made.router.add_get("/static/{name}", _static)
        return made

    def _publish(self, ids: Sequence[str]) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self.news.publish, ids)

    def _shown(self, page: pages.MakePage) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            given = request.query if request.method != "POST" else await request.post()
            asked = Asked(
                dict(request.match_info), {name: value for name, value in given.items() if isinstance(value, str)}
            )
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._made, page, asked, request.headers.get("if-none-match"))

        return answer

    def _made(self, page: pages.MakePage, asked: Asked, known: str | None) -> web.Response:
        made = page(self.site, asked)
        if isinstance(made, pages.File):
            return web.Response(body=made.content, headers={"content-type": made.kind, **made.headers})
        if isinstance(made, str):
            return web.Response(status=303, headers={"location": made})
        text = self.site.render(made).encode("utf-8", "replace")
        tag = f'"{hashlib.sha256(text).hexdigest()[:24]}"'
        if known == tag:
            return web.Response(status=304, headers={"etag": tag})
        return web.Response(
            status=made.status, body=text, headers={"content-type": "text/html; charset=utf-8", "etag": tag}
        )

    @web.middleware
    async def _let_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await self._admission.check(request) or await handler(request)
        except Refused as refused:
            answer = self._trouble(refused.status, refused.words, refused.hint, bare=True)
        except Missing as missing:
            answer = self._trouble(404, missing.message, missing.hint)
        except AgentGymError as error:
            answer = self._trouble(409, error.message, error.hint)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            answer = self._trouble(error.status, error.reason, "see the list of runs")
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:
            log.exception("%s %s", request.method, request.path)
            if is_damage(error):
                self.index.doubt()
            answer = self._trouble(500, "the workbench failed at this page", "what happened stands in the terminal")
        if not answer.prepared:
            for name, value in HEADERS.items():
                answer.headers.setdefault(name, value)
        return answer

    def _trouble(self, status: int, words: str, hint: str, *, bare: bool = False) -> web.Response:
        values = {"status": status, "words": words, "hint": hint}
        page = Page("refused.html" if bare else "trouble.html", words, values, status=status)
        return web.Response(status=status, text=self.site.render(page), content_type="text/html")


async def _static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    try:
        body = content(name)
    except KeyError:
        raise web.HTTPNotFound from None
    kept = "max-age=31536000, immutable" if "v" in request.query else "no-cache"
    return web.Response(body=body, headers={"content-type": KINDS[name.rpartition(".")[2]], "cache-control": kept})


def listen(settings: WorkbenchSettings) -> socket.socket:
    """A socket on the settings' address.

    :raises AgentGymError: the address cannot be had.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise AgentGymError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}",
            hint="take any free port: agentgym ui --port 0",
        ) from error
    return listener


async def serve(
    folder: Path, settings: WorkbenchSettings, listener: socket.socket, ready: Callable[[Workbench, int], object]
) -> None:
    """Serve until a signal ends it. `ready` is called with the port once there are answers on it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with running(folder, settings, listener) as workbench:
        ready(workbench, int(listener.getsockname()[1]))
        await stop.wait()


@contextlib.asynccontextmanager
async def running(folder: Path, settings: WorkbenchSettings, listener: socket.socket) -> AsyncIterator[Workbench]:
    """A workbench that answers on a bound socket, for as long as the context is open."""
    workbench = Workbench(folder, settings)
    async with workbench:
        runner = web.AppRunner(workbench.application(), access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            yield workbench
        finally:
            workbench.news.close()
            await runner.cleanup()
