import pytest
from files_contract import *  # noqa: F403 -- the tests every `Files` must pass
from files_contract import OpenFiles
from memory_ports import MemoryFiles


@pytest.fixture
def open_files() -> OpenFiles:
    """A fresh one."""
    return MemoryFiles
