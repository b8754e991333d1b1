"""Links over real sockets, under asyncio's loop and uvloop's; and the PROXY header before them."""

from __future__ import annotations

import asyncio
import socket
import struct
import time

import pytest
from link_server import (
    CountedSend,
    fill,
    loops,
    read_to_end,
    recv,
    run,
    send,
    serving,
)

from papo.server import costs
from papo.server.net import keepalive


@loops
def test_writes_of_one_turn_are_one_write(loop: str) -> None:
    """Any number of writes in a loop turn are one `send`, in order; the next turn has its own."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, _ = await server.links.get()
            link.send = counted = CountedSend(link)
            for n in range(100):
                link.write(b"%d\n" % n)
            link.out.append(b"fan-out\n")  # what `fanout.deliver` does
            expected = b"".join(b"%d\n" % n for n in range(100)) + b"fan-out\n"
            assert counted.written == []
            assert await recv(client) == expected
            link.write(b"later")
            assert await recv(client) == b"later"
            assert counted.written == [expected, b"later"]
            client.close()

    run(loop, test)


@loops
def test_the_system_watches_whether_the_peer_is_still_there(loop: str) -> None:
    """A classroom client that has lost its network is noticed without a word of its own."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, _ = await server.links.get()
            ours = link.transport.get_extra_info("socket")
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
            if hasattr(socket, "TCP_KEEPIDLE"):
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == keepalive.IDLE_S
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == keepalive.COUNT
            client.close()

    run(loop, test)


@loops
def test_bytes_queue_behind_those_that_the_socket_did_not_take(loop: str) -> None:
    """A socket that accepts a part, or nothing, does not change the order of what the peer reads."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, _ = await server.links.get()
            real = link.send
            assert real is not None
            answers = iter([3, 0, None])

            def reluctant(data: bytes) -> int:
                limit = next(answers, None)
                if limit == 0:
                    raise BlockingIOError
                assert real is not None
                return real(data if limit is None else data[:limit])

            link.send = reluctant
            expected = b""
            for n in range(200):
                part = b"%d " % n
                expected += part
                link.write(part)
                server.write_queue.flush()
            received = b""
            while len(received) < len(expected):
                received += await recv(client)
            assert received == expected
            client.close()

    run(loop, test)


@loops
def test_control_word_is_alone_until_the_peer_sends(loop: str) -> None:
    """One `recv` returns the word alone although more was written; the rest follows the peer's next bytes."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            link.write_alone(b"NICK")
            link.write(b"one\n")
            await asyncio.sleep(0)  # the write_queue is flushed
            link.write(b"two\n")
            assert await recv(client) == b"NICK"
            assert link.held
            await send(client, b"ana")
            await notebook.heard.wait()
            assert await recv(client) == b"one\ntwo\n"
            client.close()

    run(loop, test)


@loops
def test_what_is_older_goes_before_what_is_kept_back(loop: str) -> None:
    """Also behind bytes that must arrive alone, and not twice."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            link.write_alone(b"NICK")
            link.write(b"welcome\n")
            link.keep_back()
            link.keep_back()
            link.write(b"live\n")
            assert await recv(client) == b"NICK"
            await send(client, b"ana")
            await notebook.heard.wait()
            link.write_alone(b"live 2\n")
            link.send_before(b"old\n")
            link.send_before(b"old\n")
            assert await recv(client) == b"welcome\nold\nlive\nlive 2\n"
            link.keep_back()
            link.write(b"more\n")
            link.close(b"end\n")
            link.send_before(b"old\n")
            assert await read_to_end(client) == b"more\nend\n"
            client.close()

    run(loop, test)


@loops
def test_held_bytes_are_sent_after_a_while(loop: str) -> None:
    """A peer that never answers gets the rest too."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            begun_s = time.monotonic()
            link.write_alone(b"TRUE")
            link.write(b"rest\n")
            assert await recv(client) == b"TRUE"
            assert await recv(client) == b"rest\n"
            assert time.monotonic() - begun_s >= 0.19
            assert not notebook.received
            client.close()

    run(loop, test)


@loops
def test_each_answer_of_a_conversation_is_alone(loop: str) -> None:
    """FALSE, FALSE, TRUE: each answer to a nick is one `recv`, whatever is written after it."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            words = iter([b"FALSE", b"FALSE", b"TRUE"])

            def answer(_: bytes) -> None:
                link.write_alone(next(words))

            notebook.on_receive = answer
            for word in (b"FALSE", b"FALSE", b"TRUE"):
                await send(client, b"ana")
                assert await recv(client) == word
            link.write(b"welcome\n")
            assert await recv(client) == b"welcome\n"
            client.close()

    run(loop, test)


@loops
def test_close_writes_what_is_queued_and_what_is_held(loop: str) -> None:
    """Queued bytes, held bytes and the last ones arrive before the end; the handler is told once."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            link.write_alone(b"TRUE\n")
            link.write(b"owed\n")
            link.close(b"last\n")
            link.close(b"never\n")
            link.write(b"never\n")
            link.write_alone(b"never\n")
            link.flush_held()
            assert await read_to_end(client) == b"TRUE\nowed\nlast\n"
            await notebook.is_lost.wait()
            await asyncio.sleep(0)
            assert notebook.lost_reasons == [""]
            assert server.ended == [link]
            client.close()

    run(loop, test)


@loops
def test_the_peers_reset_is_reported_once_with_a_reason(loop: str) -> None:
    """A reset connection is lost with the system's reason; writing to it afterwards does nothing."""

    async def test() -> None:
        async with serving() as server:
            client, other = await server.connect(), await server.connect()
            link, notebook = await server.links.get()
            neighbour, _ = await server.links.get()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            link.write(b"into the void\n")
            neighbour.write(b"still here\n")
            assert await recv(other) == b"still here\n"
            await notebook.is_lost.wait()
            link.write(b"into the void\n")
            link.abort()
            assert len(notebook.lost_reasons) == 1
            assert notebook.lost_reasons[0]
            assert "Errno" not in notebook.lost_reasons[0]
            other.close()

    run(loop, test)


@loops
def test_slow_reader_is_dropped_and_its_neighbour_is_not(loop: str) -> None:
    """With more than `max_queue_bytes` queued it is dropped with a reason, while another link gets every byte."""

    async def test() -> None:
        async with serving(max_queue_bytes=300_000) as server:
            slow, quick = await server.connect(), await server.connect()
            link, notebook = await server.links.get()
            neighbour, _ = await server.links.get()
            line = b"x" * 65_535 + b"\n"
            sent = 0
            while not link.is_closing:
                link.write(line)
                neighbour.write(line)
                sent += len(line)
                got = 0
                while got < len(line):
                    got += len(await recv(quick, len(line) - got))
            await notebook.is_lost.wait()
            assert notebook.lost_reasons == ["SendQ exceeded"]
            assert sent > 300_000
            neighbour.write(b"end")
            assert await recv(quick) == b"end"
            slow.close()
            quick.close()

    run(loop, test)


@loops
def test_peer_that_does_not_read_for_long_is_dropped_by_the_sweep(loop: str) -> None:
    """`check_stuck` drops it after `max_stuck_s`, not before, and not if it has caught up."""

    async def test() -> None:
        async with serving(max_queue_bytes=1 << 30) as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            fill(link)
            gone = []
            for silent_s in (29, 31):
                link.check_stuck(link.stuck_since_s + silent_s)
                gone.append(link.is_closing)
            assert gone == [False, True]
            await notebook.is_lost.wait()
            assert notebook.lost_reasons == ["SendQ exceeded"]
            client.close()

    run(loop, test)


@loops
def test_close_does_not_wait_for_a_peer_that_does_not_read(loop: str) -> None:
    """A stuck link is closed at once; one with bytes in the queue after `max_stuck_s`."""

    async def test() -> None:
        async with serving(max_queue_bytes=1 << 30, max_stuck_s=0.05) as server:
            stuck = await server.connect()
            link, notebook = await server.links.get()
            fill(link)
            link.close(b"last")
            await notebook.is_lost.wait()
            queued = await server.connect()
            link, notebook = await server.links.get()
            link.transport.set_write_buffer_limits(high=1 << 30)
            while not link.transport.get_write_buffer_size():
                link.transport.write(b"x" * 65_536)
            link.close(b"last")
            await notebook.is_lost.wait()
            stuck.close()
            queued.close()

    run(loop, test)


@loops
def test_paused_link_takes_nothing_until_it_is_resumed(loop: str) -> None:
    """While reading is paused nothing reaches the handler; then everything does."""

    async def test() -> None:
        async with serving() as server:
            client, other = await server.connect(), await server.connect()
            link, notebook = await server.links.get()
            _, neighbour = await server.links.get()
            link.pause_reading()
            await send(client, b"waits\n")
            await send(other, b"passes\n")
            await neighbour.heard.wait()
            assert not notebook.received
            link.resume_reading()
            await notebook.heard.wait()
            assert notebook.received == b"waits\n"
            client.close()
            other.close()

    run(loop, test)


@loops
def test_a_link_whose_peer_has_reset_the_connection_closes(loop: str) -> None:
    """Before the loop has noticed the reset: closing raises nothing, and the handler hears of the end."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            link.close()
            await notebook.is_lost.wait()

    run(loop, test)


@loops
def test_many_bytes_are_handed_over_in_pieces(loop: str) -> None:
    """One in a loop turn, none while the handler has paused; all of them in the end, in order."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            sizes: list[int] = []
            expected = bytes(range(256)) * 400

            def received(data: bytes) -> None:
                sizes.append(len(data))
                if len(sizes) % 3 == 0:
                    link.pause_reading()
                    assert link.paused
                    asyncio.get_running_loop().call_later(0, link.resume_reading)

            notebook.on_receive = received
            await send(client, expected)
            client.shutdown(socket.SHUT_WR)
            await notebook.is_lost.wait()
            assert bytes(notebook.received) == expected
            assert max(sizes) <= costs.PIECE_BYTES
            client.close()

    run(loop, test)


@loops
def test_who_goes_on_sending_after_the_end_is_cut_off(loop: str) -> None:
    """A peer has a moment to close its side, but not to send as much as it likes."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            link.close(b"bye")
            with pytest.raises(ConnectionError):
                await send(client, b"x" * costs.LINGER_BYTES * 100)
            await notebook.is_lost.wait()
            client.close()

    run(loop, test)
