"""Channels in the browser: moderation, renaming, invitations, the lists on a phone."""

from __future__ import annotations

from browser_screen import BrowserScreen
from playwright.sync_api import expect


def test_an_operator_moderates_with_buttons(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """Moderated mode, slow mode and a kick, without typing a mode letter."""
    ana.connect("AnaM")
    ana.type("/join #aula")
    ana.page.locator(".masthead h1", has_text="#aula").wait_for()
    bia.connect("BiaM")
    bia.type("/join #aula")
    bia.page.locator(".masthead h1", has_text="#aula").wait_for()
    ana.page.get_by_role("button", name="About this channel").click()
    ana.page.get_by_label("Only operators and people with voice can write").check()
    ana.page.get_by_role("combobox", name="Slow mode").select_option("15")
    ana.page.get_by_role("button", name="Close", exact=True).first.click()
    bia.type("posso falar?")
    expect(bia.page.locator(".message.failed")).to_contain_text("only people with voice")
    bia.page.locator(".message.failed").get_by_role("button", name="Discard").click()
    ana.page.locator(".members .item", has_text="BiaM").click()
    ana.page.get_by_role("button", name="Kick", exact=True).click()
    expect(bia.page.locator(".notice.kind-kick")).to_be_visible()


def test_an_operator_renames_a_channel(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """In its dialog; the members stay in it."""
    ana.connect("AnaN")
    ana.type("/join #velha")
    ana.page.locator(".masthead h1", has_text="#velha").wait_for()
    bia.connect("BiaN")
    bia.type("/join #velha")
    bia.page.locator(".masthead h1", has_text="#velha").wait_for()
    ana.page.get_by_role("button", name="About this channel").click()
    ana.page.get_by_label("Name", exact=True).fill("#nova")
    ana.page.get_by_role("button", name="Rename").click()
    bia.page.locator(".masthead h1", has_text="#nova").wait_for()
    bia.type("ainda aqui")
    ana.wait_for_message("ainda aqui")


def test_opening_a_channel_asks_first(ana: BrowserScreen) -> None:
    """Its past opens with it: the operator may leave it closed, and is told again when it is done."""
    ana.connect("AnaO")
    ana.type("/join #segredos")
    ana.page.locator(".masthead h1", has_text="#segredos").wait_for()
    ana.type("/mode +i")
    ana.type("um segredo")
    ana.page.get_by_role("button", name="About this channel").click()
    closed = ana.page.get_by_label("By invitation only")
    expect(closed).to_be_checked()
    closed.click()
    expect(ana.page.get_by_role("alert")).to_contain_text("Whoever joins afterwards can read")
    ana.page.get_by_role("button", name="Leave it closed").click()
    expect(closed).to_be_checked()
    closed.click()
    ana.page.get_by_role("button", name="Open the channel").click()
    expect(closed).not_to_be_checked()
    expect(ana.page.get_by_role("alert")).to_have_count(0)
    ana.page.get_by_role("button", name="Close", exact=True).first.click()
    expect(ana.page.locator(".timeline")).to_contain_text("Whoever joins from now on can read")


def test_swipes_open_and_close_the_lists(bia: BrowserScreen) -> None:
    """From the edges of a phone, and back."""
    bia.connect("BiaS")
    swipe = """([from, to]) => {
        const touch = x => new Touch({ identifier: 1, target: document.body, clientX: x, clientY: 300 });
        dispatchEvent(new TouchEvent("touchstart", { touches: [touch(from)], changedTouches: [touch(from)] }));
        dispatchEvent(new TouchEvent("touchend", { touches: [], changedTouches: [touch(to)] }));
    }"""
    for way, shown in (([5, 200], True), ([300, 100], False)):
        bia.page.evaluate(swipe, way)
        expect(bia.page.locator(".chat.drawer")).to_have_count(int(shown))
    for way, shown in (([385, 200], True), ([100, 300], False), ([200, 100], False)):
        bia.page.evaluate(swipe, way)
        expect(bia.page.locator(".chat.member-drawer")).to_have_count(int(shown))


def test_an_invitation_opens_a_closed_channel(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """A link made with a click lets a user join an invite-only channel."""
    ana.connect("AnaI")
    ana.type("/join #fechada")
    ana.page.locator(".masthead h1", has_text="#fechada").wait_for()
    ana.type("/mode +i")
    ana.page.get_by_role("button", name="Invite people").click()
    ana.page.get_by_role("button", name="Create a link").click()
    link = ana.page.locator(".address").inner_text()
    expect(ana.page.locator(".links li")).to_contain_text("Your link")
    assert ana.page.locator("img.qr").evaluate("image => image.naturalWidth") > 0
    bia.connect("BiaI", link.removeprefix(bia.url))
    expect(bia.page.locator(".masthead h1")).to_have_text("#fechada")


def test_a_link_into_a_hidden_channel_tells_its_name_to_users_only(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """Its code is not left in the address; a link that is revoked leads nowhere."""
    ana.connect("AnaH")
    ana.type("/join #escondida")
    ana.page.locator(".masthead h1", has_text="#escondida").wait_for()
    ana.type("/mode +si")
    ana.page.get_by_role("button", name="Invite people").click()
    ana.page.get_by_label("How many may join").select_option("10")
    ana.page.get_by_role("button", name="Create a link").click()
    link = ana.page.locator(".address").inner_text().removeprefix(bia.url)
    bia.page.goto(bia.url + link)
    expect(bia.page.locator(".invited")).to_have_text(
        "You are invited to a channel. Its name is shown when you have joined."
    )
    assert "escondida" not in bia.page.content()
    bia.connect("BiaH", link)
    expect(bia.page.locator(".masthead h1")).to_have_text("#escondida")
    expect(bia.page).to_have_url(bia.url + "/")
    ana.page.keyboard.press("Escape")
    ana.page.get_by_role("button", name="Invite people").click()
    row = ana.page.locator(".links > li")
    expect(row).to_contain_text("1 of 10 joined")
    row.get_by_text("Who joined").click()
    expect(row).to_contain_text("BiaH")
    row.get_by_role("button", name="Revoke the link").click()
    expect(row).to_have_count(0)
    bia.page.goto(bia.url + link)
    expect(bia.page.get_by_role("alert")).to_contain_text("no longer valid")


def test_members_make_links_if_operators_let_them(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """A switch of the channel; they see their own links."""
    ana.connect("AnaL")
    ana.type("/join #livre")
    ana.page.locator(".masthead h1", has_text="#livre").wait_for()
    bia.connect("BiaL")
    bia.type("/join #livre")
    bia.page.locator(".masthead h1", has_text="#livre").wait_for()
    bia.page.get_by_role("button", name="Invite people").click()
    expect(bia.page.get_by_role("dialog")).to_contain_text("Here operators create the links")
    expect(bia.page.get_by_role("button", name="Create a link")).to_have_count(0)
    bia.page.get_by_role("button", name="Close", exact=True).first.click()
    ana.page.get_by_role("button", name="About this channel").click()
    ana.page.get_by_label("Members can create invitation links").check()
    expect(bia.page.get_by_role("log")).to_contain_text("1 change")
    bia.page.get_by_role("button", name="Invite people").click()
    bia.page.get_by_role("button", name="Create a link").click()
    expect(bia.page.locator(".links li")).to_contain_text("Your link")
