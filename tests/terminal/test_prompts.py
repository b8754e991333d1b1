"""What is asked when a server refuses."""

from __future__ import annotations

from terminal_screen import TerminalScreen, run

from papo.terminal.dialogs.form import Form


def test_another_nick_is_asked_for() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.server.accept()
        screen.server.send(":s CAP * LS :", ":s 433 * ana :Nickname is already in use")
        await screen.pilot.pause()
        assert isinstance(screen.app.screen, Form)
        await screen.type("ana2")
        await screen.pilot.press("enter")
        await screen.pilot.pause()
        assert screen.server.lines[-1] == "NICK ana2"

    run(script)


def test_a_prompt_is_open_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.server.accept()
        for _each in range(3):
            screen.app.refused(screen.network, "433", "Nickname is already in use")
            await screen.pilot.pause()
        await screen.wait_until(lambda: isinstance(screen.app.screen, Form))
        assert len(screen.app.screen_stack) == 2
        await screen.type("bia")
        await screen.pilot.press("enter")
        await screen.wait_until(lambda: len(screen.app.screen_stack) == 1)
        assert screen.server.all("NICK")[-1] == "NICK bia"
        screen.app.refused(screen.network, "433", "Nickname is already in use")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Form))

    run(script)


def test_a_certificate_is_trusted() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.network.distrusted("ab" * 32)
        await screen.pilot.pause()
        assert "AB:AB" in "\n".join(screen.screen_lines())
        assert screen.app.networks.certificates.pin(screen.network.address) == ""
        again: list[object] = []
        screen.app.networks.connect = again.append  # type: ignore[method-assign, assignment]
        await screen.pilot.press("enter")
        await screen.pilot.pause()
        assert screen.app.networks.certificates.pin(screen.network.address) == "ab" * 32
        assert again == [screen.network]

    run(script)


def test_shift_tab_goes_back_in_a_form() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.app.dialog("login", "")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Form))
        assert screen.app.focused is not None
        assert screen.app.focused.id == "password"
        await screen.pilot.press("shift+tab")
        assert screen.app.focused.id == "account"

    run(script)
