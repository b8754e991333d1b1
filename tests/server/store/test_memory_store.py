import pytest
from contract import *  # noqa: F403 -- the tests every store must pass
from contract import OpenStore
from memory_store import MemoryStore

from papo.server.delivery.ports import Store


@pytest.fixture
def open_store() -> OpenStore:
    """The same one each time."""
    store: Store = MemoryStore()
    return lambda: store
