"""Emoji by name."""

from __future__ import annotations

from papo.client.text import emoji


def test_emoji_by_name() -> None:
    assert emoji.unaccented("Coração_Ç") == "coracao c"
    assert any(each.emoji == "🎉" for each in emoji.search("party", 20))
    assert len(emoji.search("", 5)) == 5
    assert emoji.search("xyzxyz", 5) == []
    plain = {each.emoji.replace("\ufe0f", "") for each in emoji.all_emoji()}
    assert {each.replace("\ufe0f", "") for each in emoji.USUAL} <= plain


def test_the_usual_emoji_come_first() -> None:
    assert emoji.search("heart", 3)[0].emoji == "❤️"
    assert emoji.search("thumbs", 3)[0].emoji.startswith("👍")
