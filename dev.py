#!/usr/bin/env python3
"""The project's tasks in one file that needs only Python: run, chat, desktop, demo, test, check, bench, soak, fuzz,
lock, messages, vendor, audit, release.

`make test` and `py dev.py test` are the same. The first call makes `.venv` and installs what requirements/*.txt pin by
hash; later calls find it there and start at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCKS = {name: ROOT / "requirements" / f"{name}.txt" for name in ("run", "desktop", "dev", "fuzz")}
"""Each contains the ones before it."""
OLDEST = (3, 11)
NODE = BIN / ("node.exe" if os.name == "nt" else "node")
TYPES = ROOT / "tests" / "server" / "web" / "types"


class Stop(Exception):
    """The task cannot go on; the text is one sentence that says why."""


def say(what: str) -> None:
    """Print one line of progress."""
    print(f"* {what}", flush=True)


def call(*command: str | Path) -> None:
    """Run a program in the project's folder until it ends, whatever the keyboard says: it gets Ctrl-C itself."""
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT)
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue
        if code:
            raise SystemExit(code)
        return


# --- the virtual environment


def fingerprint(lock: Path) -> str:
    """The contents of the stamp file if this lock is installed for this Python."""
    return hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()


def is_installed(name: str) -> bool:
    """Whether the current lock, or one that contains it, is installed in `.venv`."""
    names = list(LOCKS)[list(LOCKS).index(name) :]
    if not PYTHON.exists():
        return False
    for each in names:
        stamp = VENV / f"papo-{each}.stamp"
        if stamp.exists() and stamp.read_text() == fingerprint(LOCKS[each]):
            return True
    return False


def make_venv() -> None:
    """Make a fresh `.venv` if there is none or another Python made it."""
    made_by = VENV / "papo-python.stamp"
    if PYTHON.exists() and made_by.exists() and made_by.read_text() == sys.version:
        return
    say(f"making the virtual environment {VENV.name} with Python {sys.version.split()[0]}")
    try:
        import ensurepip  # noqa: F401 - Debian and Ubuntu leave it out, and then `venv` fails with a long message
        import venv
    except ImportError:
        raise Stop(
            "this Python has no venv module: install it (Debian, Ubuntu: sudo apt install python3-venv) and try again"
        ) from None
    venv.create(VENV, with_pip=True, clear=True)
    made_by.write_text(sys.version)


def install(name: str) -> None:
    """Install a lock into `.venv`, and the project in editable mode."""
    if is_installed(name):
        return
    make_venv()
    lock = LOCKS[name]
    say(f"installing what {lock.relative_to(ROOT).as_posix()} pins (once, until it changes)")
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check")
    call(*pip, "install", "--quiet", "--require-hashes", "--only-binary=:all:", "-r", lock)
    # A line in a .pth file is all that an editable install is; it needs no build tool and no network.
    site = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    Path(site, "papo.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    for stamp in VENV.glob("papo-*.stamp"):
        if stamp.name != "papo-python.stamp":
            stamp.unlink()
    (VENV / f"papo-{name}.stamp").write_text(fingerprint(lock))


# --- the tasks


def run(arguments: list[str]) -> None:
    """Start the server; what follows goes to `papo serve`."""
    start("serve", arguments)


def demo(arguments: list[str]) -> None:
    """Open a server, two clients and the web page; what follows goes to `papo demo`."""
    start("demo", arguments)


def chat(arguments: list[str]) -> None:
    """Chat in this terminal; what follows goes to `papo chat`."""
    start("chat", arguments)


def desktop(arguments: list[str]) -> None:
    """Chat in a window; what follows goes to `papo desktop`."""
    start("desktop", arguments, lock="desktop")


def start(command: str, arguments: list[str], lock: str = "run") -> None:
    """Run a command of Papo in place of this program."""
    install(lock)
    say(" ".join(("starting: papo", command, *arguments)))
    whole = [str(PYTHON), "-m", "papo", command, *arguments]
    if os.name == "nt":
        call(*whole)
        return
    os.execv(whole[0], whole)  # replaces this process, so that signals reach it


def test(arguments: list[str]) -> None:
    """Run the tests; what follows goes to pytest."""
    install("dev")
    say("running the tests")
    workers = (os.cpu_count() or 1) + 1  # many tests wait for a server, a browser or a disk: one more uses the cores
    call(PYTHON, "-m", "pytest", "-q", "-n", str(workers), *arguments)


def soak(arguments: list[str]) -> None:
    """Run the tests that take minutes or hours; what follows goes to pytest."""
    install("dev")
    say("running the long tests")
    call(PYTHON, "-m", "pytest", "-v", "-m", "soak", "--timeout", "0", *arguments)


def fuzz(arguments: list[str]) -> None:
    """Look for bytes that break a parser (Linux on x86_64); what follows goes to tests/fuzz/fuzz.py."""
    if sys.platform != "linux":
        raise Stop("the fuzzer exists for Linux only; `make test` runs what it has found")
    install("fuzz")
    call(PYTHON, ROOT / "tests" / "fuzz" / "fuzz.py", *arguments)


def install_types() -> None:
    """Install the type checker of the web client, as its lock file pins it."""
    lock, stamp = TYPES / "package-lock.json", TYPES / "node_modules" / "papo.stamp"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"installing what {lock.relative_to(ROOT).as_posix()} pins (once, until it changes)")
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    npm = [str(BIN / ("npm.cmd" if os.name == "nt" else "npm")), "ci", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(npm, cwd=TYPES, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise Stop(f"npm could not install the type checker of the web client: {done.stderr or done.stdout}")
    stamp.write_text(wanted)


def check(_arguments: list[str]) -> None:
    """Check format, lint, types and layers; all of them run even if one fails."""
    install("dev")
    steps: list[tuple[str, list[str | Path]]] = [
        ("format", [BIN / "ruff", "format", "--check", "--quiet", "."]),
        ("lint", [BIN / "ruff", "check", "--quiet", "."]),
        ("types", [PYTHON, "-m", "mypy", "--no-error-summary"]),
        ("layers", [BIN / "lint-imports", "--no-logo"]),
        ("circles of imports", [PYTHON, ROOT / "tests" / "circles.py"]),
    ]
    install_types()
    steps.append(
        ("types of the web client", [NODE, TYPES / "node_modules" / "typescript" / "bin" / "tsc", "-p", TYPES])
    )
    failed = []
    for name, command in steps:
        say(f"checking {name}")
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"}
        done = subprocess.run(
            [str(part) for part in command], cwd=ROOT, env=environment, check=False, capture_output=True, text=True
        )
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    if failed:
        raise Stop(f"{' and '.join(failed)}: failed, see above")
    say("all checks passed")


def bench(arguments: list[str]) -> None:
    """Measure; what follows goes to bench/compare.py."""
    install("dev")
    say("measuring")
    call(PYTHON, ROOT / "bench" / "compare.py", *arguments)


def lock(arguments: list[str]) -> None:
    """Write requirements/*.txt from pyproject.toml; `--upgrade` takes the newest versions."""
    make_venv()
    say("installing uv, which resolves for every platform at once")
    call(PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "uv")
    dev = " --extra desktop --group dev"
    extras = {"run": "", "desktop": " --extra desktop", "dev": dev, "fuzz": f"{dev} --group fuzz"}
    for name, target in LOCKS.items():
        say(f"writing {target.relative_to(ROOT).as_posix()}")
        command = f"-m uv pip compile pyproject.toml --output-file {target.relative_to(ROOT).as_posix()}"
        command += f" --universal --python-version {OLDEST[0]}.{OLDEST[1]} --generate-hashes"
        command += " --no-emit-index-url --no-header --quiet" + extras[name]
        call(PYTHON, *command.split(), *arguments)


def vendor(_arguments: list[str]) -> None:
    """Download the web client's libraries from npm, in the versions of tests/server/web/vendor.py."""
    install("dev")
    call(PYTHON, ROOT / "tests" / "server" / "web" / "vendor.py")


def messages(_arguments: list[str]) -> None:
    """Update the translations from the source, and list untranslated texts."""
    install("dev")
    say("writing src/papo/locale")
    call(PYTHON, ROOT / "tests" / "messages.py")


def audit(_arguments: list[str]) -> None:
    """Look up known vulnerabilities of what is pinned, where a database of them can be reached."""
    install("dev")
    command = [BIN / "pip-audit", "--disable-pip", "--require-hashes", "--progress-spinner=off", "--timeout=5"]
    command += ["--format=json", "-r", LOCKS["desktop"]]
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False, capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        packages = []
    known = [package for package in packages if "vulns" in package]
    if not known:
        say("nothing was audited: no database of vulnerabilities can be reached from here")
        return
    say(f"{len(known)} of {len(packages)} packages are in the database")
    found = [(package, each) for package in known for each in package["vulns"]]
    for package, each in found:
        fixed = ", ".join(each["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {each['id']}, fixed in {fixed}")
    if found:
        raise Stop("known vulnerabilities, see above: `make lock ARGS=--upgrade`")


def release(_arguments: list[str]) -> None:
    """Build what is published, in `dist`: wheel, source, what they consist of (SBOM), and the hashes of all three."""
    install("dev")
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    say("building with the tools that requirements/dev.txt pins")
    call(PYTHON, "-m", "build", "--no-isolation", "--outdir", dist)
    wheel = next(dist.glob("*.whl"))
    call(PYTHON, ROOT / "requirements" / "sbom.py", dist / f"{'-'.join(wheel.name.split('-')[:2])}.cdx.json")
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(dist.iterdir())]
    (dist / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    print("".join(lines), end="")


TASKS: dict[str, Callable[[list[str]], None]] = {
    "run": run,
    "chat": chat,
    "desktop": desktop,
    "demo": demo,
    "test": test,
    "check": check,
    "bench": bench,
    "soak": soak,
    "fuzz": fuzz,
    "lock": lock,
    "messages": messages,
    "vendor": vendor,
    "audit": audit,
    "release": release,
}


def main(arguments: list[str]) -> int:
    """Run the task that the first argument names."""
    if sys.version_info < OLDEST:
        found = sys.version.split()[0]
        print(f"Papo needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and {sys.executable} is {found}")
        return 2
    if not arguments or arguments[0] not in TASKS:
        print(f"usage: {Path(sys.argv[0]).name} {{{','.join(TASKS)}}} [arguments]")
        for name, task in TASKS.items():
            print(f"  {name:8} {task.__doc__}")
        return 2
    try:
        TASKS[arguments[0]](arguments[1:])
    except Stop as stop:
        print(f"dev.py: {stop}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
