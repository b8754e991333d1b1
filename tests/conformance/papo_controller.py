"""Lets the irctest suite start a fresh Papo for each of its tests; knows Papo's configuration and command line only.

The contract is irctest's ``BaseServerController`` at commit b00c039: ``run`` starts a server and does not wait for it,
the suite connects until the port answers, and ``kill`` ends it and removes its folder.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irctest import patma
from irctest.basecontrollers import BaseServerController, DirectoryBasedController
from irctest.specifications import Capabilities, OptionalBehaviors

if TYPE_CHECKING:
    from irctest.cases import BaseServerTestCase

SOURCE_FOLDER = Path(__file__).resolve().parents[2] / "src"

CONFIG = """\
[server]
name = "My.Little.Server"
description = "test server"
network = "PapoTest"
user_modes = "{user_modes}"
{password}

[listen]
at = [{addresses}]

[tls]
{tls}

[proxy]
trusted = ["127.0.0.1", "::1"]

[rooms]
permanent = []

[history]
page_default = 100
page_max = 1000

[[operators]]
name = "operuser"
password = "{operator_password}"

[accounts]
argon2_memory_kib = 8
argon2_passes = 1
scram_rounds = 4096
{accounts}

[mail]
{mail}

[privacy]
cloak = "off"

[limits]
enabled = false
line_bytes = {line_bytes}
multiline_lines = 32
"""


def hash_operator_password(password: str) -> str:
    """Return what ``papo operator-password`` prints, at a low cost: a server starts for every test."""
    salt = b"irctest-irctest!"
    cost, block_size, parallel = 2, 8, 1
    key = hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block_size, p=parallel, dklen=32)
    encoded = [base64.b64encode(part).decode() for part in (salt, key)]
    return f"scrypt${cost}${block_size}${parallel}${encoded[0]}${encoded[1]}"


OPERATOR_PASSWORD = hash_operator_password("operpassword")


class PapoController(BaseServerController, DirectoryBasedController):  # type: ignore[misc]  # irctest ships no types
    """Starts ``papo serve`` with a configuration and a data folder of its own."""

    software_name = "Papo"
    _port_wait_interval = 0.01
    supported_sasl_mechanisms = frozenset({"PLAIN", "SCRAM-SHA-256"})
    supports_sts = False
    extban_mute_char = "m"
    nickserv = "NickServ"

    # A declared capability, behaviour or token that is missing turns a skip into a failure.
    capabilities = frozenset(
        {
            Capabilities.ACCOUNT_NOTIFY,
            Capabilities.ACCOUNT_TAG,
            Capabilities.AWAY_NOTIFY,
            Capabilities.BATCH,
            Capabilities.ECHO_MESSAGE,
            Capabilities.EXTENDED_JOIN,
            Capabilities.LABELED_RESPONSE,
            Capabilities.MESSAGE_REDACTION,
            Capabilities.MESSAGE_TAGS,
            Capabilities.MULTILINE,
            Capabilities.MULTI_PREFIX,
            Capabilities.READ_MARKER,
            Capabilities.SERVER_TIME,
            Capabilities.SETNAME,
        }
    )
    optional_behaviors = frozenset(
        {
            OptionalBehaviors.BAN_EXCEPTION_MODE,
            OptionalBehaviors.CAP_REQ_MINUS,
            OptionalBehaviors.ELIST_C,
            OptionalBehaviors.ELIST_M,
            OptionalBehaviors.ELIST_N,
            OptionalBehaviors.ELIST_T,
            OptionalBehaviors.ELIST_U,
            OptionalBehaviors.INVITE_EXCEPTION_MODE,
            OptionalBehaviors.METADATA_BEFORE_CONNECT,
            OptionalBehaviors.MULTI_JOIN,
            OptionalBehaviors.MULTI_KICK,
            OptionalBehaviors.MULTI_NAMES_COMMAND,
            OptionalBehaviors.MULTI_PRIVMSG,
            OptionalBehaviors.NO_CTCP,
            OptionalBehaviors.SASL_AFTER_REGISTRATION,
            OptionalBehaviors.SASL_REAUTHENTICATION,
        }
    )
    isupport = {  # noqa: RUF012 - the suite's own attribute, a plain dictionary
        "CASEMAPPING": "ascii",
        "CHATHISTORY": patma.StrRe("[0-9]+"),
        "ELIST": patma.StrRe("(?=.*C)(?=.*M)(?=.*N)(?=.*T)(?=.*U)[CMNTU]+"),
        "EXCEPTS": patma.OptStrRe("e"),
        "INVEX": patma.OptStrRe("I"),
        "MONITOR": patma.ANYSTR,
        "MSGREFTYPES": patma.StrRe("(?=.*msgid)(?=.*timestamp).*"),
        "PREFIX": "(qaohv)~&@%+",
        "STATUSMSG": patma.StrRe(".*@.*"),
        "TARGMAX": patma.ANYSTR,
        "UTF8ONLY": None,
        "WHOX": None,
    }

    def run(
        self,
        hostname: str,
        port: int,
        *,
        password: str | None,
        ssl: bool,
        run_services: bool,
        faketime: str | None,
        websocket_hostname: str | None = None,
        websocket_port: int | None = None,
    ) -> None:
        """Write the configuration and start the server; ``faketime`` is the clock's offset and speed, faketime(1)."""
        self.hostname, self.port = hostname, port
        self.create_config()
        addresses = [f"{'ircs' if ssl else 'irc'}://{hostname}:{port}"]
        if websocket_port is not None:
            addresses.append(f"ws://{websocket_hostname}:{websocket_port}")
        tls = ""
        if ssl:
            self.gen_ssl()
            tls = f'certificate = "{self.pem_path}"\nkey = "{self.key_path}"'
        config = CONFIG.format(
            password=f'password = "{password}"' if password else "",
            addresses=", ".join(f'"{address}"' for address in addresses),
            tls=tls,
            operator_password=OPERATOR_PASSWORD,
            accounts=self._accounts(),
            mail='host = "127.0.0.1"\nport = 9\nsender = "papo@example.org"',
            line_bytes=512,
            user_modes=self._ergo()["accounts"]["default-user-modes"].strip("+"),
        )
        (self.directory / "papo.toml").write_text(config)
        clock = ["faketime", "-f", faketime] if faketime and shutil.which("faketime") else []
        self.faketime_enabled = bool(clock)
        papo = shlex.split(os.environ.get("PAPO_COMMAND", "")) or [sys.executable, "-m", "papo"]
        files = ["--config", str(self.directory / "papo.toml"), "--data", str(self.directory / "data")]
        self._command = [*clock, *papo, "serve", *files]
        self._account = [*papo, "account", "add", *files, "--password-stdin"]
        self._start()

    def _ergo(self) -> dict[str, Any]:
        """What a test changes in the configuration of Ergo, as far as Papo has the like."""
        config: dict[str, Any] = {
            "server": {"listeners": {"": {}}},
            "accounts": {"multiclient": {}, "default-user-modes": ""},
            "history": {},
        }
        if self.test_config.ergo_config is not None:
            self.test_config.ergo_config(config)
        return config

    def _accounts(self) -> str:
        wanted = self.test_config
        always_on = self._ergo()["accounts"]["multiclient"].get("always-on", "opt-in")
        before = str(wanted.account_registration_before_connect).lower()
        mail = str(wanted.account_registration_requires_email).lower()
        return f'before_connect = {before}\nemail_required = {mail}\nalways_on = "{always_on}"'

    def _start(self) -> None:
        self.proc = self.execute(self._command, proc_name="papo", env=self._environment())

    @staticmethod
    def _environment() -> dict[str, str]:
        inherited = os.environ.get("PYTHONPATH", "")
        python_path = os.pathsep.join(filter(None, [str(SOURCE_FOLDER), inherited]))
        return {**os.environ, "PYTHONPATH": python_path, "PYTHONUTF8": "1"}

    def restart(self) -> None:
        """End the server and start it again with the same configuration and data."""
        self.kill_proc()
        self.port_open = False
        self._start()
        self.wait_for_port()

    def wait_for_services(self) -> None:
        """Do nothing: the services are part of the server."""

    def registerUser(  # noqa: N802 - the suite's name
        self, case: BaseServerTestCase, username: str, password: str | None = None
    ) -> None:
        """Make an account the way an operator does: `papo account add` on the running server."""
        if not case.run_services:
            message = "the test registers an account and does not say that it needs services"
            raise ValueError(message)
        subprocess.run(
            [*self._account, username],
            input=f"{password}\n".encode(),
            env=self._environment(),
            check=True,
            capture_output=True,
        )


def get_irctest_controller_class() -> type[PapoController]:
    """Return what irctest's ``--controller papo_controller`` uses."""
    return PapoController
