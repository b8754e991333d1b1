"""Sending files into a conversation."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from papo.client import files
from papo.client.files import filehost
from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.desktop.theme.controls import tool
from papo.desktop.worker import Worker
from papo.i18n import _, translations

PERCENT = 100


class Upload(QFrame):
    """One file: its name, how much of it has been sent, a button to stop."""

    stopped = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("upload")
        words = QLabel(name)
        words.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setRange(0, PERCENT)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(name)
        self.bar.setFixedWidth(140)
        stop = tool("close", _("Remove {name}").format(name=name))
        stop.clicked.connect(self.stopped)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 2, 4, 2)
        layout.addWidget(words, 1)
        layout.addWidget(self.bar)
        layout.addWidget(stop)


class Uploads(QWidget):
    """The uploads that are under way, each shown as an `Upload`."""

    failed = Signal(str)

    def __init__(self, place: QVBoxLayout, worker: Worker | None) -> None:
        """`place`: where each file is shown."""
        super().__init__()
        self.hide()
        self._place = place
        self._worker = worker
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._pictures = 0

    def close_all(self) -> None:
        """Delete the files of pasted pictures."""
        if self._folder is not None:
            self._folder.cleanup()

    def send_picture(self, network: Network, buffer: Buffer, picture: QImage, pinned: str) -> None:
        """Send a picture from the clipboard. `pinned`: fingerprint of the server's certificate."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="papo-")
        self._pictures += 1
        path = Path(self._folder.name) / f"image-{self._pictures}.png"
        if picture.save(str(path)):
            self.send(network, buffer, path, pinned)

    def send(self, network: Network, buffer: Buffer, path: Path, pinned: str) -> None:
        """Send a file, and its address into the conversation when it has arrived."""
        if buffer.kind == "server":
            self.failed.emit(_("Nobody reads this. Choose a conversation first, or type /join #channel."))
            return
        host = filehost(network)
        if not host:
            self.failed.emit(_("This server does not accept files."))
            return
        if network.status != "online" or self._worker is None:
            self.failed.emit(_("You are offline; try again when the connection is back."))
            return
        worker = self._worker
        shown = Upload(path.name)
        self._place.addWidget(shown)

        def progress(share: float) -> None:
            worker.post(lambda: shown.bar.setValue(round(share * PERCENT)))

        def done(url: str) -> None:
            remove()
            send.say(network, buffer, url)

        def failed(error: Exception) -> None:
            remove()
            self.failed.emit(str(error) or _("The file was not accepted."))

        def remove() -> None:
            self._place.removeWidget(shown)
            shown.hide()
            shown.deleteLater()

        def begin(token: str) -> None:
            language = str(translations().info().get("language", "")).replace("_", "-")
            work = files.upload(host, token, path, progress, pinned=pinned, language=language)
            stop = worker.run(work, done, failed)
            shown.stopped.connect(stop)
            shown.stopped.connect(remove)

        files.request_token(network, buffer.name, begin)
