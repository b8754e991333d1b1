import pytest
from memory_ports import MemorySecrets
from secrets_contract import *  # noqa: F403 -- the tests every `Secrets` must pass
from secrets_contract import OpenSecrets


@pytest.fixture
def open_secrets() -> OpenSecrets:
    """The same one each time."""
    secrets = MemorySecrets()
    return lambda: secrets
