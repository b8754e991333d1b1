"""Makes terminal.svg: a real server, irssi, weechat and nc in one tmux window. Needs tmux, irssi, weechat and nc.

.venv/bin/python docs/pictures/make.py
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TMUX = ["tmux", "-L", "papo-picture"]
COLUMNS, ROWS = 164, 42
CHAR_W, LINE_H, FONT = 7.25, 15, 12
COLOURS = ["#45475a", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0"]
BRIGHT = ["#7f848e", "#ff7b86", "#b5e890", "#ffd68a", "#7cc3ff", "#de8ff5", "#6fd3df", "#ffffff"]
BACK, FORE, RULE = "#1e2127", "#c8ccd4", "#3a3f4b"
_SGR = re.compile(r"\x1b\[([0-9;]*)m")


def tmux(*words: str) -> str:
    """Run a tmux command."""
    return subprocess.run([*TMUX, *words], capture_output=True, text=True, check=True).stdout


def type_into(pane: int, text: str) -> None:
    """Keys, then Enter."""
    tmux("send-keys", "-t", f"papo:0.{pane}", "-l", text)
    tmux("send-keys", "-t", f"papo:0.{pane}", "Enter")


def wait_for(pane: int, text: str) -> None:
    """Until the pane shows it."""
    for _ in range(200):
        if text in tmux("capture-pane", "-p", "-t", f"papo:0.{pane}"):
            return
        time.sleep(0.1)
    raise SystemExit(f"pane {pane} never showed {text!r}:\n" + tmux("capture-pane", "-p", "-t", f"papo:0.{pane}"))


def colour(code: int) -> str:
    """One of tmux's 256 colours."""
    if code < 16:
        return (COLOURS + BRIGHT)[code]
    if code >= 232:
        return "#" + f"{8 + (code - 232) * 10:02x}" * 3
    levels = (0, 95, 135, 175, 215, 255)
    code -= 16
    return f"#{levels[code // 36]:02x}{levels[code // 6 % 6]:02x}{levels[code % 6]:02x}"


def spans(line: str) -> list[tuple[str, str, str, bool]]:
    """(text, foreground, background or "", bold) of a captured line."""
    fore, back, bold, reverse = FORE, "", False, False
    found = []
    at = 0
    for mark in [*_SGR.finditer(line), None]:
        text = line[at : mark.start() if mark else None]
        if text:
            found.append((text, back or BACK, fore, bold) if reverse else (text, fore, back, bold))
        if mark is None:
            break
        at = mark.end()
        codes = [int(code or 0) for code in mark[1].split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                fore, back, bold, reverse = FORE, "", False, False
            elif code in {38, 48} and len(codes) > 1 and codes[0] == 5:
                chosen = colour(codes[1])
                del codes[:2]
                fore, back = (chosen, back) if code == 38 else (fore, chosen)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                fore = colour(code - 30 if code < 90 else code - 82)
            elif 40 <= code <= 47:
                back = colour(code - 40)
            elif code in {39, 49}:
                fore, back = (FORE, back) if code == 39 else (fore, "")
            elif code in {1, 22}:
                bold = code == 1
            elif code in {7, 27}:
                reverse = code == 7
    return found


def draw_pane(number: int, left: int, top: int, width: int) -> list[str]:
    """SVG of a pane's text."""
    drawn = []
    for row, line in enumerate(tmux("capture-pane", "-e", "-p", "-t", f"papo:0.{number}").splitlines()):
        column = 0
        for text, fore, back, bold in spans(line):
            x, y = (left + column) * CHAR_W + 12, (top + row) * LINE_H + 34
            shown = text[: width - column]
            if back:
                drawn.append(
                    f'<rect x="{x:.1f}" y="{y - 11:.1f}" width="{len(shown) * CHAR_W:.1f}" height="{LINE_H}" '
                    f'fill="{back}"/>'
                )
            if shown.strip():
                weight = ' font-weight="bold"' if bold else ""
                drawn.append(
                    f'<text x="{x:.1f}" y="{y:.1f}" textLength="{len(shown) * CHAR_W:.1f}" fill="{fore}"{weight}>'
                    f"{html.escape(shown)}</text>"
                )
            column += len(text)
    return drawn


def draw(titles: list[str]) -> str:
    """The whole window."""
    panes = [
        [int(part) for part in line.split()]
        for line in tmux(
            "list-panes", "-t", "papo:0", "-F", "#{pane_index} #{pane_left} #{pane_top} #{pane_width} #{pane_height}"
        ).splitlines()
    ]
    width, height = COLUMNS * CHAR_W + 24, ROWS * LINE_H + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" xml:space="preserve">',
        f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{FONT}">',
        f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>',
    ]
    for number, left, top, pane_width, pane_height in panes:
        x, y = left * CHAR_W + 6, top * LINE_H + 6
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{pane_width * CHAR_W + 8:.1f}" '
            f'height="{pane_height * LINE_H + 18:.1f}" rx="5" fill="none" stroke="{RULE}"/>'
        )
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 11:.1f}" fill="#7f848e" font-size="10">{titles[number]}</text>')
        parts += draw_pane(number, left, top, pane_width)
    return "\n".join([*parts, "</g></svg>", ""])


def main() -> None:
    """Play the scene, draw it, end everything."""
    for program in ("tmux", "irssi", "weechat", "nc"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is needed to make the picture")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        scene(Path(folder))


def scene(folder: Path) -> None:
    """Four panes: the server, irssi, weechat, nc."""
    home = {"HOME": str(folder), "PS1": "$ ", "LANG": "C.UTF-8", "LANGUAGE": "en"}
    environment = " ".join(f"{name}='{value}'" for name, value in home.items())
    shell = f"env {environment} PATH='{os.environ['PATH']}' bash --norc --noprofile"
    tmux("-f", "/dev/null", "new-session", "-d", "-s", "papo", "-x", str(COLUMNS), "-y", str(ROWS), shell)
    try:
        tmux("set", "-g", "status", "off")
        tmux("split-window", "-h", "-t", "papo:0.0", shell)
        tmux("split-window", "-v", "-t", "papo:0.0", shell)
        tmux("split-window", "-v", "-t", "papo:0.2", shell)
        serve = f"PYTHONPATH={ROOT / 'src'} {sys.executable} -m papo serve --data {folder}/papo 2>/dev/null"
        type_into(0, f"clear; papo() {{ {serve}; }}; clear")
        time.sleep(1)  # for the prompt
        type_into(0, "papo serve")
        wait_for(0, "Stop with")
        type_into(2, "clear; IRCUSER=ana IRCNAME=Ana irssi -c 127.0.0.1 -n ana")
        wait_for(2, "(status)")
        type_into(2, "/join #papo")
        wait_for(2, "[Users #papo]")
        options = "/set weechat.bar.buflist.hidden on;/set irc.server_default.username bia"
        type_into(1, f"clear; weechat -d {folder}/weechat -r '{options}' irc://bia@127.0.0.1/#papo")
        wait_for(1, "#papo")
        type_into(3, "clear; nc 127.0.0.1 9090")
        wait_for(3, "NICK")
        type_into(3, "joão")
        wait_for(3, "Conectado")
        for pane, text in (
            (2, "oi, gente! alguém aí?"),
            (1, "olá, ana — aqui é o weechat"),
            (3, "e aqui é só o nc :)"),
            (2, "/me acena para todo mundo"),
            (3, "que ação!"),
            (1, "a aula começa às 10h"),
        ):
            type_into(pane, text)
            time.sleep(1.5)  # a scene for people; and irssi paces what it sends
        for pane in range(1, 4):
            wait_for(pane, "ana acena para todo mundo")
        titles = ["papo serve", "weechat", "irssi", "nc 127.0.0.1 9090 (the dialect nick)"]
        picture = draw(titles).replace(str(folder / "papo"), "~/.local/share/papo")
        (ROOT / "docs" / "pictures" / "terminal.svg").write_text(picture, encoding="utf-8")
    finally:
        tmux("kill-server")


if __name__ == "__main__":
    main()
