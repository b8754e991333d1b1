import pickle
from pathlib import Path

import pytest
from clock_contract import *  # noqa: F403 -- times that run back
from contract import *  # noqa: F403 -- the tests every store must pass
from contract import OpenStore
from copy_contract import *  # noqa: F403 -- how every store is copied
from copy_contract import OpenCopy
from deletion_contract import *  # noqa: F403 -- what is deleted
from memory_store import MemoryStore
from nonce_contract import *  # noqa: F403 -- messages that are sent again
from query_contract import *  # noqa: F403 -- who finds what
from records_contract import *  # noqa: F403 -- what two writers may ask of every store
from records_contract import OpenTwo
from rename_contract import *  # noqa: F403 -- the history of renamed channels

from papo.server.delivery.ports import Store


@pytest.fixture
def open_store() -> OpenStore:
    """The same one each time."""
    store: Store = MemoryStore()
    return lambda: store


@pytest.fixture
def open_two() -> OpenTwo:
    """The same one twice."""
    store = MemoryStore()
    return lambda: (store, store)


@pytest.fixture
def open_copy() -> OpenCopy:
    """One with the tables of the copy."""

    def opened(path: Path) -> Store:
        store = MemoryStore()
        store.tables = pickle.loads(path.read_bytes())  # noqa: S301 -- the test has written it
        return store

    return opened
