"""A language is one file: a made-up catalogue, in a copy of the package, reaches every surface."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from live_server import CONFIG, IrcClient, LiveServer, serve

from messages import SOURCE, Language, id_of, languages, update

CODE = "eo"
"""Babel knows it, with two forms; this catalogue has three."""
PLURAL = "(n == 1 ? 0 : n % 10 == 2 ? 1 : 2)"


def translated(text: str, form: str = "") -> str:
    """The text in the made-up language."""
    return f"⟦{text}⟧{form}"


def catalogue() -> Catalog:
    """Every text of the first real catalogue, translated; each plural has three forms."""
    made = Catalog(locale=CODE, domain="papo", fuzzy=False)
    made.mime_headers = [("Plural-Forms", f"nplurals=3; plural={PLURAL};")]
    for entry in languages()[0].read():
        match id_of(entry):
            case "":
                continue
            case str(text):
                made.add(text, translated(text), auto_comments=entry.auto_comments)
            case (one, many):
                made.add((one, many), (translated(one, "0"), translated(many, "1"), translated(many, "2")))
    return made


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a copy of the package with one file more, and what the generator made of it."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(SOURCE, folder / "papo", ignore=shutil.ignore_patterns("__pycache__"))
    language = Language(CODE, folder / "papo")
    language.po.parent.mkdir(parents=True)
    with language.po.open("wb") as file:
        write_po(file, catalogue())
    assert update(language) == []
    return folder


def run(package: Path, *command: str, language: str = "en") -> str:
    """What Python prints with the copy in place of the package."""
    path = os.pathsep.join([str(package), *(each for each in sys.path if each)])
    environment = {**os.environ, "PYTHONPATH": path, "LANGUAGE": language, "PYTHONUTF8": "1", "TZ": "UTC"}
    environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    return done.stdout + done.stderr


def test_command_line(package: Path) -> None:
    """Our texts and argparse's; the list of languages; and what settings accept."""
    shown = " ".join(run(package, "-m", "papo", "--language", CODE, "--help").split())
    assert translated("print the version") in shown
    assert translated("options") in shown
    assert f"|{CODE}" in shown
    assert f", {CODE}" in run(package, "-m", "papo", "--language", "zz", "--help")
    assert translated("Who this server is.") in run(package, "-m", "papo", "config", "default", language=CODE)


def test_plural_rule_is_the_catalogues(package: Path) -> None:
    """In Python by gettext; browsers get the same rule and as many forms."""
    program = """
        from papo.i18n import ngettext
        for n in (1, 2, 5, 12):
            print(ngettext("{count} mention", "{count} mentions", n)[-1])
    """
    assert run(package, "-c", textwrap.dedent(program), language=CODE).split() == ["0", "1", "2", "1"]
    page = json.loads(Language(CODE, package / "papo").json.read_text(encoding="utf-8"))
    assert page["plural"] == PLURAL
    assert {len(each) for each in page["texts"].values() if isinstance(each, list)} == {3}


@pytest.fixture(scope="module")
def server(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of the copy, which speaks the language to those who have chosen none."""
    config = CONFIG.replace('name = "papo.test"', f'name = "papo.test"\nlanguage = "{CODE}"')
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(package)
        with serve(tmp_path_factory.mktemp("server"), ["irc", "http"], config=config) as running:
            yield running


def test_irc(server: LiveServer) -> None:
    """Refusals, the list of languages, LANGUAGE, and NickServ with its help."""
    client = IrcClient(server.ports["irc"])
    client.register("ana")
    client.send("CAP LS 302")
    assert any(f"draft/languages=3,en,{CODE},pt_BR" in line for line in client.received())
    client.send("PRIVMSG #nada :oi")
    assert client.received()[-1].endswith(f":{translated('No such channel')}")
    client.send("PRIVMSG NickServ :HELP")
    assert any("⟦" in line for line in client.received())
    client.send("LANGUAGE en")
    client.send("PRIVMSG #nada :oi")
    assert client.received()[-1].endswith(":No such channel")
    client.send(f"LANGUAGE {CODE}-YY")
    assert client.received()[-1].endswith(f" {CODE} :{translated('Language preferences have been set')}")
    client.close()


def test_web(server: LiveServer) -> None:
    """The page takes the browser's language, lists all, and finds the texts of each."""
    base = f"http://127.0.0.1:{server.ports['http']}"
    request = urllib.request.Request(base, headers={"Accept-Language": f"{CODE}-YY, en;q=0.5"})
    with urllib.request.urlopen(request) as answer:  # noqa: S310 -- http
        page = answer.read().decode()
    setup = json.loads(page.partition('id="setup">')[2].partition("</script>")[0])
    assert f'<html lang="{CODE}">' in page
    assert setup["language"] == CODE
    assert CODE in setup["languages"]
    with urllib.request.urlopen(f"{base}{setup['assets']}/i18n/{CODE}.json") as answer:  # noqa: S310 -- http
        texts = json.load(answer)["texts"]
    assert texts["Settings"] == translated("Settings")


def test_terminal(package: Path) -> None:
    """The screen of `papo chat`."""
    program = """
        import asyncio
        from terminal_screen import terminal_screen

        async def main():
            async with terminal_screen() as screen:
                screen.connect()
                print(await screen.text())

        asyncio.run(main())
    """
    assert "F1 help⟧" in run(package, "-c", textwrap.dedent(program), language=CODE)


def test_desktop(package: Path, tmp_path: Path) -> None:
    """The settings of `papo desktop`."""
    pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)
    program = f"""
        from pathlib import Path
        from desktop_screen import desktop_screen
        from papo.desktop.dialogs.preferences import Preferences
        from PySide6.QtWidgets import QLabel

        with desktop_screen(Path({str(tmp_path)!r})) as screen:
            screen.connect()
            screen.window.sidebar.settings_button.click()
            dialog = screen.window.findChild(Preferences)
            print(dialog.windowTitle(), *(label.text() for label in dialog.findChildren(QLabel)))
    """
    assert translated("Settings") in run(package, "-c", textwrap.dedent(program), language=CODE)
