// What is typed: slash commands with their aliases, and messages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Buffer } from "../../../../src/papo/server/web/static/state/buffer.js";
import { COMMANDS, commandsFrom, enter, example } from "../../../../src/papo/server/web/static/state/commands.js";

/** Types texts in a conversation, and keeps what they do. */
function typing(name, { kind = "channel", status = "online", joined = true } = {}) {
  const buffer = new Buffer(name, name, kind);
  buffer.joined.value = joined;
  const done = [];
  const note = (what) => (...words) => void done.push([what, ...words.filter((each) => each !== network && each !== buffer)]);
  const network = {
    status: { value: status }, nick: { value: "ana" }, close: note("close"), join: note("join"), changeNick: note("nick"),
    findUser: (nick) => (nick === "bia" ? { host: "b@casa" } : undefined), client: { send: note("send"), support: { isChannel: (word) => word.startsWith("#") } },
  };
  const window = { leave: note("leave"), dialog: note("dialog"), search: note("search") };
  return { type: (text) => enter(window, network, buffer, text), done };
}

test("/quit, /sair, /close, /exit and /logout leave the server, from any conversation and without a connection", () => {
  for (const name of ["quit", "sair", "close", "exit", "logout", "SAIR"]) {
    for (const where of [typing("#sala"), typing("bia", { kind: "person" }), typing("", { kind: "server" }), typing("#sala", { status: "waiting" })]) {
      assert.equal(where.type(`/${name} até logo`), "");
      assert.deepEqual(where.done, [["leave", "até logo"]]);
    }
  }
});

test("/part leaves a channel, closes another conversation, and leaves the server in its own", () => {
  const cases = [
    [typing("#sala"), ["send", "PART", "#sala", "tchau"]],
    [typing("#sala", { joined: false }), ["close", "#sala"]],
    [typing("#sala", { status: "waiting" }), ["close", "#sala"]],
    [typing("bia", { kind: "person" }), ["close", "bia"]],
    [typing("", { kind: "server" }), ["leave", "tchau"]],
  ];
  for (const [where, expected] of cases) {
    assert.equal(where.type("/part tchau"), "");
    assert.deepEqual(where.done, [expected]);
  }
});

test("a command without enough words, without a connection or without a conversation says so", () => {
  assert.match(typing("#sala").type("/msg bia"), /\/msg nick text/);
  assert.match(typing("#sala", { status: "waiting" }).type("/topic oi"), /offline/);
  assert.match(typing("", { kind: "server" }).type("/topic oi"), /Nobody reads this/);
  assert.match(typing("", { kind: "server" }).type("oi"), /Nobody reads this/);
  assert.match(typing("#sala", { joined: false }).type("oi"), /not in this channel/);
  assert.match(typing("#sala").type("/nada"), /no command \/nada/);
});

test("commands send what their names say", () => {
  const cases = {
    "/entrar sala": ["join", "#sala", undefined],
    "/kick bia": ["send", "KICK", "#aula", "bia", "bia"],
    "/kick bia chega de conversa": ["send", "KICK", "#aula", "bia", "chega de conversa"],
    "/ban bia": ["send", "MODE", "#aula", "+b", "*!*@casa"],
    "/mute caio": ["send", "MODE", "#aula", "+b", "m:caio!*@*"],
    "/deop bia": ["send", "MODE", "#aula", "-o", "bia"],
    "/mode +m": ["send", "MODE", "#aula", "+m"],
    "/topic": ["dialog", "channel"],
    "/topic novo assunto": ["send", "TOPIC", "#aula", "novo assunto"],
    "/nick lia": ["nick", "lia"],
    "/search duas palavras": ["search", "duas palavras"],
    "/ajuda": ["dialog", "help", undefined],
  };
  for (const [text, expected] of Object.entries(cases)) {
    const where = typing("#aula");
    assert.equal(where.type(text), "", text);
    assert.deepEqual(where.done, [expected], text);
  }
});

test("completion finds commands by their aliases too, and shows how they are used", () => {
  assert.deepEqual(commandsFrom("sai").map((each) => each.name), ["quit"]);
  assert.equal(example(COMMANDS.find((each) => each.name === "kick")), "/kick nick [reason]");
  assert.equal(example(COMMANDS.find((each) => each.name === "help")), "/help");
});
