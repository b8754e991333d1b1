import pytest
from secrets_contract import *  # noqa: F403 -- the tests every `Secrets` must pass
from secrets_contract import OpenSecrets

from memory_ports import MemorySecrets


@pytest.fixture
def open_secrets() -> OpenSecrets:
    """The same one each time."""
    secrets = MemorySecrets()
    return lambda: secrets
