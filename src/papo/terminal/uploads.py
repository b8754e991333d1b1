"""Sending a file into a conversation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App

from papo.client import files
from papo.client.certificates import Certificates
from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.i18n import _
from papo.terminal.toasts import Toasts


class Uploads:
    """Files on their way; `progress` describes the last one."""

    def __init__(self, app: App[Any], certificates: Certificates, toasts: Toasts, changed: Callable[[], None]) -> None:
        """`changed` is called when there is other progress to be shown."""
        self.progress = ""
        self._app = app
        self._certificates = certificates
        self._toasts = toasts
        self._changed = changed

    def start(self, network: Network, buffer: Buffer, typed: str) -> None:
        """Send the file with the path that was typed, and say its address in the conversation."""
        host = files.filehost(network)
        path = Path(typed.strip().strip("'\"")).expanduser()
        if not host:
            self._toasts.add(_("This server does not accept files."), "error")
        elif not path.is_file():
            self._toasts.add(_("{path}: there is no such file.").format(path=path), "error")
        else:

            def begin(token: str) -> None:
                self._app.run_worker(self._send(network, buffer, path, host, token))

            files.request_token(network, buffer.name, begin)

    async def _send(self, network: Network, buffer: Buffer, path: Path, host: str, token: str) -> None:
        def show(share: float) -> None:
            self._show(_("sending {name}: {percent} %").format(name=path.name, percent=round(share * 100)))

        try:
            pinned = self._certificates.pin(network.address)
            send.say(network, buffer, await files.upload(host, token, path, show, pinned=pinned))
        except files.UploadError as error:
            self._toasts.add(str(error), "error")
        finally:
            self._show("")

    def _show(self, progress: str) -> None:
        self.progress = progress
        self._changed()
