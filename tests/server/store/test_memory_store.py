import pytest
from contract import *  # noqa: F403 -- the tests every store must pass
from contract import OpenStore
from memory_store import MemoryStore
from records_contract import *  # noqa: F403 -- what two writers may ask of every store
from records_contract import OpenTwo

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
