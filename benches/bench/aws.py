"""A separate local AWS for the benchmarks, with the stack deployed on it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.tools import ROOT, build_functions, repeating, say

VENV = ROOT / ".local" / "venv" / "bin"
SECONDS = 3600
FOLDER = ROOT / ".local" / "aws-bench"


@dataclass
class Usage:
    """What a run used of AWS."""

    transitions: int
    invocations: int
    billed_ms: int
    reads: int
    """Requests to S3 that read: GET and HEAD."""
    writes: int
    """Requests to S3 that write: PUT, POST and DELETE."""


@contextmanager
def stack():
    """Starts local AWS, deploys the stack with the functions as they are deployed, and stops it afterwards. With LOCAL=1 in the
    environment, takes the unoptimised functions of `make binaries`, to try a script."""
    before = dict(os.environ)
    env = {"LOCAL": "deployed"} | before | {"LOCAL_AWS_DIR": str(FOLDER), "LOCAL_AWS_PORT": "0"}
    if env["LOCAL"] == "deployed":
        build_functions()

    def local_aws(*words: str) -> str:
        command = [VENV / "python", "tools/local_aws.py", *words]
        return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout

    say("  deploying on a local AWS …")
    local_aws("start")
    try:
        local_aws("deploy")
        exported = subprocess.run(["bash", "-c", f"{local_aws('env')}\nenv -0"], capture_output=True, text=True, check=True).stdout
        os.environ.update(pair.split("=", 1) for pair in exported.split("\0") if pair.startswith(("AWS_", "SSL_CERT", "SLUICE_")))
        yield Stack(local_aws)
    finally:
        local_aws("stop")
        # Another local AWS has another certificate.
        os.environ.clear()
        os.environ.update(before)


class Stack:
    """The deployed stack."""

    def __init__(self, local_aws):
        import boto3

        self._local_aws = local_aws
        self.name = os.environ["SLUICE_STACK"]
        self._s3, self._sfn, self._logs, self._dynamodb = (boto3.client(n) for n in ("s3", "stepfunctions", "logs", "dynamodb"))

    def configure(self, function: str, **variables: str) -> None:
        """Changes the environment of a function, and so restarts it."""
        self._local_aws("configure", function, *(f"{name}={value}" for name, value in variables.items()))

    def import_file(self, file: Path, dry_run: bool = False) -> dict:
        """Uploads a file and waits until its run is reported; returns the run's entry in the ledger."""
        key = f"inbox/products/{'dry-run/' if dry_run else ''}{time.time_ns()}-{file.name}"
        self._s3.upload_file(str(file), os.environ["SLUICE_INBOX_BUCKET"], key)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            for entry in self._dynamodb.scan(TableName=f"{self.name}-runs")["Items"]:
                if key in json.dumps(entry) and "conclusion" in entry and "mail" in entry:
                    return entry
            time.sleep(0.2)
        raise SystemExit(f"{key} was not imported within {SECONDS} s")

    def verdict(self, run: dict) -> str:
        """How a run ended."""
        return json.loads(run["conclusion"]["S"])["verdict"] if "S" in run["conclusion"] else run["conclusion"]["M"]["verdict"]["S"]

    def requests(self) -> list[str]:
        """The requests to the stack's buckets so far, each as method, path and query. Without the sweep's, which come by the clock."""
        buckets = [f" /{os.environ[name]}" for name in ("SLUICE_INBOX_BUCKET", "SLUICE_DATA_BUCKET")]
        lines = (FOLDER / "requests.log").read_text().splitlines()
        of_run = (line for line in lines if any(bucket in line for bucket in buckets) and "/sweep/" not in line and "?versions" not in line)
        # Before the request, a line has the time and the process in brackets.
        return [line.rsplit("] ", 1)[-1] for line in of_run]

    def usage(self, run: dict, began: float, requests: list[str]) -> Usage:
        """What a run used, counted in the histories of its executions, in the logs of the functions since it began, and in its
        requests to S3."""
        run_id = run["run_id"]["S"]
        main = os.environ["SLUICE_MAIN_STATE_MACHINE_ARN"].replace(":stateMachine:", ":execution:") + f":{run_id}"
        executions = [main]
        # Local AWS keeps no history of a Map's children. Each has one state, according to the definitions.
        map_runs = self._pages("list_map_runs", "mapRuns", executionArn=main)
        transitions = sum(len(self._pages("list_executions", "executions", mapRunArn=run["mapRunArn"])) for run in map_runs)
        # The children of the Maps start the chunk processor. The executions for this run have its id in their input.
        for execution in self._pages("list_executions", "executions", stateMachineArn=os.environ["SLUICE_CHUNK_PROCESSOR_ARN"]):
            if run_id in self._sfn.describe_execution(executionArn=execution["executionArn"])["input"]:
                executions.append(execution["executionArn"])
        for arn in executions:
            events = self._pages("get_execution_history", "events", executionArn=arn, includeExecutionData=False)
            transitions += sum(event["type"].endswith("StateEntered") for event in events)
        # An event has no run yet, so intake does not log one.
        durations = list((self._durations(run_id, began) | self._durations("intake", began)).values())
        reads = sum(request.startswith(("GET ", "HEAD ")) for request in requests)
        return Usage(transitions, len(durations), sum(durations), reads, len(requests) - reads)

    def _durations(self, word: str, began: float) -> dict[str, int]:
        """The milliseconds of each invocation whose log has this word, as AWS would bill them: rounded up, without init.
        Invocations are identified by the request id, because a listing may contain a line twice."""
        durations = {}
        about = {"logGroupName": f"/aws/lambda/{self.name}", "filterPattern": f'"{word}"', "startTime": int(began * 1000)}
        for event in self._pages("filter_log_events", "events", client=self._logs, **about):
            line = event["message"]
            if "duration_ms" in line:
                logged = json.loads(line)
                durations[logged["function_request_id"]] = logged["duration_ms"] + 1
        return durations

    def _pages(self, call: str, member: str, client=None, **arguments) -> list[dict]:
        pages = (client or self._sfn).get_paginator(call).paginate(**arguments)
        return [item for page in pages for item in page[member]]

    @contextmanager
    def peaks(self):
        """Watches the functions' processes. Yields a dict that holds the largest resident set of each function, in bytes."""
        found: dict[str, int] = {}

        def look() -> None:
            for process in Path("/proc").glob("[0-9]*"):
                function, peak = peak_of(process, self.name)
                if function:
                    found[function] = max(peak, found.get(function, 0))

        with repeating(look, 0.05):
            yield found


def peak_of(process: Path, stack_name: str) -> tuple[str, int]:
    """The name of the function that runs in a process, and its largest resident set so far, in bytes. An empty name if the
    process does not belong to the stack."""
    try:
        if b"bootstrap" not in (process / "cmdline").read_bytes():
            return "", 0
        variables = (process / "environ").read_bytes().decode(errors="replace").split("\0")
        name = next((v.split("=", 1)[1] for v in variables if v.startswith("AWS_LAMBDA_FUNCTION_NAME=")), "")
        status = (process / "status").read_text().splitlines()
        peak = next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")), 0)
    except OSError:
        return "", 0
    return (name.removeprefix(f"{stack_name}-"), peak) if name.startswith(f"{stack_name}-") else ("", 0)
