"""Everything that reads bytes of strangers. A target is a function of bytes that fails if an invariant does."""

from __future__ import annotations

from collections.abc import Callable

from papo.protocol.dialects import CLASSROOM

from . import client, protocol, server

TARGETS: dict[str, Callable[[bytes], None]] = {
    "irc-line": protocol.irc_line,
    "tag-value": protocol.tag_value,
    "lines": protocol.lines,
    "websocket-frames": protocol.websocket_frames,
    "websocket-request": protocol.websocket_request,
    "framed-frames": protocol.framed,
    "proxy-header": protocol.proxy_header,
    "forwarded": protocol.forwarded,
    "address-words": protocol.address_words,
    "plain-text": protocol.plain_text,
    "sasl-chunks": protocol.sasl_chunks,
    "server-irc": server.dialect("irc"),
    "server-irc-registered": server.irc_registered,
    **{f"server-{scheme}": server.dialect(scheme) for scheme in sorted(CLASSROOM)},
    "scram-server": server.scram_server,
    "sasl-line": server.sasl_line,
    "name": server.name,
    "file-head": server.file_head,
    "page": server.page,
    "settings-file": server.settings_file,
    "backup-tar": server.backup_tar,
    "backup-file": server.backup_file,
    "salvaged-record": server.salvaged_record,
    "client-irc": client.irc_server,
    "client-irc-welcome": client.irc_welcome,
    **{f"client-{scheme}": client.classroom_server(scheme) for scheme in sorted(CLASSROOM)},
    "client-address": client.address,
    "client-isupport": client.isupport,
    "scram-client": client.scram_client,
    "markup": client.markup,
}
