"""How long the functions take to start under the runtime interface emulator, and how large they are."""

from __future__ import annotations

import os
import re
import socket
import statistics
import subprocess
import time
import urllib.request
from pathlib import Path

from bench.table import Row
from bench.tools import PEERS, ROOT, build_functions

FUNCTIONS = ["intake", "pin", "split", "restructure", "validate", "gate", "import", "import-mongodb", "merge", "report", "sweep", "retry"]
MILLISECONDS = 25
SHARE_OF_PYTHON = 0.1
STARTS = 11

# Any values will do, because a function sends no request to AWS before its first event.
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "DATA_BUCKET": "none", "INBOX_BUCKET": "none", "RUNS_TABLE": "none",
    "REJECTS_TABLE": "none", "TARGET_TABLE_PREFIX": "none-", "SENDER": "none@example.com", "OPERATORS": "", "EVENT_BUS": "default",
    "MAIN_STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:none", "REJECTS_DAYS": "1",
    "CHUNK_BYTES": "33554432", "MAX_FILE_BYTES": "1000000", "MAX_RECORD_BYTES": "1048576", "ONE_PASS_BYTES": "98304",
    "IMPORT_IN_FLIGHT": "16", "DEADLINE_MARGIN_MS": "30000", "SETTLED_MINUTES": "10", "MESSAGES_TABLE": "none",
    "IMPORT_MONGODB_FUNCTION": "none", "CONNECTIONS_PREFIX": "none/",
}


def measure(_given) -> list[Row]:
    functions = build_functions()
    emulator = next((ROOT / ".local/venv/lib").glob(f"*/site-packages/samcli/local/rapid/aws-lambda-rie-{functions.name}"))
    python = statistics.median(start(emulator, PEERS / "boto3_function.py") for _ in range(STARTS))
    rows = []
    for function in FUNCTIONS:
        bootstrap = functions / function / "bootstrap"
        init = statistics.median(start(emulator, bootstrap) for _ in range(STARTS))
        size = f"{bootstrap.stat().st_size / 1e6:.1f} MB"
        rows.append(Row(f"init of {function} in ms, {size}", f"{init:.1f} ms", ratio=init, target=MILLISECONDS, at_most=True))
        rows.append(Row(
            f"init of {function}, of Python's", f"{init:.1f} ms", "Python importing boto3", f"{python:.0f} ms", init / python,
            SHARE_OF_PYTHON, at_most=True,
        ))
    return rows


def start(emulator: Path, bootstrap: Path) -> float:
    """The extra milliseconds of the first invocation, compared with the second. The emulator starts the function on the first
    invocation, and includes that in its duration. The function refuses the event at once."""
    port, api = free_port(), free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | SETTINGS
    with subprocess.Popen(
        [emulator, "--runtime-interface-emulator-address", f"127.0.0.1:{port}", "--runtime-api-address", f"127.0.0.1:{api}", bootstrap],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:
        wait_for(port)
        for _ in range(2):
            url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
            # A JSON string, which no function accepts. The sweep would accept any object and start to sweep.
            urllib.request.urlopen(urllib.request.Request(url, data=b'"unknown"'), timeout=30).read()
        process.terminate()
        log = process.stdout.read()
    first, second = (float(ms) for ms in re.findall(r"REPORT.*?\tDuration: ([0-9.]+) ms", log)[:2])
    return first - second


def wait_for(port: int) -> None:
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.01)
    raise SystemExit("the emulator does not listen")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
