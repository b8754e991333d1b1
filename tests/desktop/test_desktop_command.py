"""`papo desktop` where there is no window to show."""

from __future__ import annotations

import importlib.util

import pytest

from papo import cli
from papo.commands.desktop import has_screen


def test_qt_is_here() -> None:
    """Says why the other tests of the window are not run."""
    if importlib.util.find_spec("PySide6") is None:
        pytest.skip("PySide6 is not installed: the window is not tested")


def test_without_qt_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence, with exit code 2."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert cli.main(["desktop", "irc://papo.test"]) == 2
    assert capsys.readouterr().err == 'papo: the window needs PySide6; install it with: pip install "papo[desktop]"\n'


def test_without_a_screen_it_says_so() -> None:
    """Qt would end the process instead."""
    assert not has_screen("linux", {})
    assert not has_screen("freebsd14", {"TERM": "xterm"})
    assert has_screen("linux", {"DISPLAY": ":0"})
    assert has_screen("linux", {"WAYLAND_DISPLAY": "wayland-0"})
    assert has_screen("linux", {"QT_QPA_PLATFORM": "offscreen"})
    assert has_screen("win32", {})
