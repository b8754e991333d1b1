"""Qt's style sheet, made of a theme's colours and sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template

import msgspec

from papo.desktop.theme.colours import Colours

_PICTURES = Path(__file__).parent / "pictures"
_SHEET = Template("""
* { outline: 0; }
QMainWindow, QDialog, QMenu { background: $raised; color: $text; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: ${p4}px; }
QSplitter::handle { background: $border; }
QSplitter::handle:horizontal { width: 1px; }

#sidebar, #members, #search-panel { background: $panel; }
#main { background: $background; }
#header { border: 0; border-bottom: 1px solid $border; background: transparent; }
#footer { border: 0; border-top: 1px solid $border; background: transparent; }
QLabel { background: transparent; color: $text; }
QLabel#title, QLabel#heading { font-size: ${large}pt; font-weight: 700; }
QLabel#note, QLabel#topic, QLabel#typing { color: $muted; }
QLabel#topic, QLabel#note, QCheckBox#small { font-size: ${small}pt; }
QLabel#typing, QLabel#tiny { font-size: ${tiny}pt; color: $muted; }
QLabel#error { color: $danger; font-size: ${small}pt; }
QLabel#section { color: $muted; font-size: ${tiny}pt; font-weight: 600; }

#banner { background: $mention; border: 0; border-bottom: 1px solid $mention_border; }
#banner QLabel { font-size: ${small}pt; }
#context { background: $panel; border: 0; border-left: 3px solid $accent; border-radius: ${p6}px; }
#context QLabel { font-size: ${small}pt; }

QPushButton { background: $raised; color: $text; border: 1px solid $border; border-radius: ${p8}px;
  padding: ${p6}px ${p12}px; }
QPushButton:hover { background: $hover; }
QPushButton:focus { border: 2px solid $accent; padding: ${f6}px ${f12}px; }
QPushButton:disabled { color: $muted; }
QPushButton:checked { background: $accent_background; border-color: $accent; }
QPushButton#primary { background: $accent; border-color: $accent; color: $on_accent; font-weight: 600; }
QPushButton#primary:focus { border: 2px solid $text; }
QPushButton#primary:disabled { background: $hover; border-color: $border; color: $muted; }
QPushButton#danger { color: $danger; border-color: $danger; }
QPushButton#link { border: 0; background: transparent; color: $accent; text-decoration: underline; padding: 0 ${p4}px; }
QPushButton#link:focus { border: 1px solid $accent; border-radius: ${p4}px; }
QPushButton#floating { border-radius: ${p12}px; padding: ${p6}px ${p16}px; font-size: ${small}pt; }
QPushButton#account { border: 0; background: transparent; text-align: left; padding: ${p4}px; }
QPushButton#account:hover { background: $hover; }
QPushButton#account:focus { border: 2px solid $accent; padding: ${f4}px; }
QToolButton { border: 2px solid transparent; background: transparent; border-radius: ${p8}px; padding: ${p4}px;
  color: $muted; }
QToolButton:hover { background: $hover; }
QToolButton:checked { background: $accent_background; color: $accent; }
QToolButton:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; }
#toolbar { background: $raised; border: 1px solid $border; border-radius: ${p8}px; }

QLineEdit, QPlainTextEdit, QComboBox { background: $field; color: $text;
  border: 1px solid $border; border-radius: ${p8}px; padding: ${p6}px ${p8}px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QComboBox:focus {
  border: 2px solid $accent; padding: ${f6}px ${f8}px; }
QLineEdit:disabled { color: $muted; background: $panel; }
QComboBox::drop-down { border: 0; width: ${p24}px; }
QComboBox::down-arrow { image: url("$down"); width: ${p16}px; height: ${p16}px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $border;
  selection-background-color: $accent_background; selection-color: $text; }
#message-field { background: $field; border: 1px solid $border; border-radius: ${p12}px; }
#message-field[focused="true"] { border: 2px solid $accent; }
#message-field QPlainTextEdit { border: 0; background: transparent; padding: 0; }
QCheckBox { color: $text; spacing: ${p8}px; background: transparent; padding: ${p2}px;
  border: 1px solid transparent; border-radius: ${p4}px; }
QCheckBox:focus { border-color: $accent; }
QCheckBox::indicator { width: ${p16}px; height: ${p16}px; border: 1px solid $muted; border-radius: ${p4}px;
  background: $field; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$check"); }
QTabWidget::pane { border: 0; border-top: 1px solid $border; }
QTabBar::tab { background: transparent; color: $muted; padding: ${p8}px ${p12}px; border: 0;
  border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }
QProgressBar { background: $hover; border: 0; border-radius: ${p4}px; height: ${p8}px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: ${p4}px; }

QListView, QTreeView, QListWidget, QTreeWidget { background: transparent; border: 0; color: $text; }
QListView#completions { background: $raised; border: 1px solid $border; border-radius: ${p8}px; padding: ${p4}px; }
QListView::item { padding: ${p6}px; border-radius: ${p6}px; color: $text; border: 1px solid transparent; }
QListView::item:hover { background: $hover; }
QListView::item:selected { background: $accent_background; color: $text; }
QListView#emoji { background: $field; border: 1px solid $border; border-radius: ${p8}px; padding: ${p2}px; }
QListView#emoji:focus { border: 2px solid $accent; }
QListView#emoji::item { padding: 0; }
QListView#emoji::item:selected { border: 1px solid $accent; }
QListView#boxed { background: $field; border: 1px solid $border; border-radius: ${p8}px; padding: ${p4}px; }
QListView#boxed:focus { border: 2px solid $accent; }

QMenu { border: 1px solid $border; border-radius: ${p8}px; padding: ${p4}px; }
QMenu::item { padding: ${p6}px ${p24}px ${p6}px ${p12}px; border-radius: ${p6}px; color: $text; }
QMenu::item:selected { background: $accent_background; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: ${p4}px; }
QMenu::icon { padding-left: ${p8}px; }

QScrollBar:vertical { background: transparent; width: ${p12}px; margin: 0; }
QScrollBar::handle:vertical { background: $border; border-radius: ${p4}px; min-height: ${p32}px; margin: ${p2}px; }
QScrollBar::handle:vertical:hover { background: $muted; }
QScrollBar:horizontal { background: transparent; height: ${p12}px; margin: 0; }
QScrollBar::handle:horizontal { background: $border; border-radius: ${p4}px; min-width: ${p32}px; margin: ${p2}px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

#toast { background: $raised; border: 1px solid $border; border-left: 3px solid $accent; border-radius: ${p8}px; }
#toast[kind="error"] { border-left: 3px solid $danger; }
#toast QLabel { font-size: ${small}pt; }
#upload { background: $panel; border-radius: ${p6}px; border: 0; }
""")


def stylesheet(colours: Colours, px: Callable[[float], int], sizes_pt: Mapping[str, float]) -> str:
    """`px` scales distances. `sizes_pt`: sizes of text in points, by their names in the template."""
    distances = {f"p{size}": px(size) for size in (2, 4, 6, 8, 12, 16, 24, 32)}
    # The frame of a focused widget is one pixel wider: with less padding its content stays in place.
    inside = {f"f{size}": max(0, px(size) - 1) for size in (4, 6, 8, 12)}
    names = {name: str(value) for name, value in msgspec.structs.asdict(colours).items()}
    shade = "dark" if colours.is_dark else "light"
    pictures = {name: (_PICTURES / f"{name}-{shade}.svg").as_posix() for name in ("check", "down")}
    sizes = {name: f"{points:.1f}" for name, points in sizes_pt.items()}
    return _SHEET.substitute(names, **pictures, **distances, **inside, **sizes)
