"""The server of a data folder if one runs, else the folder itself: an order goes to one of them, never to both."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from papo.config.errors import StartError
from papo.data_folder import Folder, InUseError, acquire, is_in_use, was_used
from papo.i18n import _

Server: TypeAlias = Callable[[object], contextlib.AbstractContextManager[Any]]
"""Takes an order; entering gives the server's answer, and what it holds for the order is held until the end."""
TRIES = 20
PAUSE_S = 0.1


@contextlib.contextmanager
def server_or_folder(folder: Path, *, new: bool = False) -> Iterator[Server | Folder]:
    """What asks the running server, else the folder, locked. Waits for a server that is starting.

    `new`: a folder without data will do, and is made. Raises StartError.
    """
    from papo.server.net.admin_socket import is_open

    for left in reversed(range(TRIES + 1)):
        # Without a server, a port that it had may be another program's, which would never answer.
        in_use = is_in_use(folder)
        if in_use and is_open(folder):
            yield functools.partial(_ask, folder)
            return
        if not (in_use or new or was_used(folder)):
            raise StartError(no_data(folder))
        try:
            taken = acquire(folder)
        except InUseError:
            if not left:
                raise
            time.sleep(PAUSE_S)
        else:
            with taken:
                yield taken
            return


@contextlib.contextmanager
def _ask(folder: Path, order: object) -> Iterator[Any]:
    from papo.server.net.admin_socket import held

    with contextlib.ExitStack() as stack:
        try:
            answer = stack.enter_context(held(folder, order))
        except OSError:
            # It may have done some of it: the folder is not tried.
            raise StartError(_("the server was stopped meanwhile; try again")) from None
        yield answer


def no_data(path: Path) -> str:
    """What is said of a folder that no server has used."""
    return _("{path}: there is no data of a server here; name its folder with --data").format(path=path)
