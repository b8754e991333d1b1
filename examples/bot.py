"""A bot that repeats what begins with !echo. Run it with: python examples/bot.py irc://localhost."""

import sys

from papo.client.bot import Bot, Message

bot = Bot(sys.argv[1] if len(sys.argv) > 1 else "irc://localhost", nick="echo", rooms=["#papo"])


@bot.hears
def answer(message: Message) -> None:
    if message.text.startswith("!echo "):
        message.reply(message.text.removeprefix("!echo "))


bot.run()
