"""Certificate pins: certificates not signed by a trusted authority that the user trusts for one server."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
from pathlib import Path

import msgspec

from papo.client.address import Address
from papo.private_file import make_folder, replacing


class Certificates:
    """SHA-256 fingerprints by server; kept in a file, or (None) in memory only."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._pins: dict[str, str] = {}
        if file is not None:
            self._read(file)

    def pin(self, address: Address) -> str:
        """The pinned fingerprint in hex; "" if the authorities decide."""
        return self._pins.get(f"{address.host}:{address.port}", "")

    def trust(self, address: Address, fingerprint: str) -> None:
        """Pin this certificate: from now on the server must show it and no other."""
        if self._file is not None:
            self._read(self._file)  # another program may have added to it
        self._pins[f"{address.host}:{address.port}"] = fingerprint
        if self._file is not None:
            with contextlib.suppress(OSError):
                make_folder(self._file.parent)
                with replacing(self._file) as file:
                    file.write(msgspec.json.encode(self._pins))

    def _read(self, file: Path) -> None:
        with contextlib.suppress(OSError, msgspec.DecodeError):
            self._pins |= msgspec.json.decode(file.read_bytes(), type=dict[str, str])


def context_for(pinned: str) -> ssl.SSLContext:
    """TLS checked by the authorities, or unchecked if a pin is compared afterwards."""
    context = ssl.create_default_context()
    if pinned:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def fingerprint(shown: ssl.SSLObject) -> str:
    """The SHA-256 of a connection's certificate, in hex."""
    return hashlib.sha256(shown.getpeercert(binary_form=True) or b"").hexdigest()


async def fingerprint_at(address: Address, timeout_s: float) -> str:
    """The SHA-256 of the certificate that a server shows, in hex. Sends nothing to it."""
    async with asyncio.timeout(timeout_s):
        _reader, writer = await asyncio.open_connection(address.host, address.port, ssl=context_for("any"))
    found = fingerprint(writer.get_extra_info("ssl_object"))
    writer.close()
    return found
