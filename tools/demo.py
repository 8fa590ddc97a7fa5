"""Imports the sample file through local AWS, for `make demo`.

Starts local AWS and deploys the stack (unless that is done already), uploads the sample file with `sluice import`,
follows the run, and prints the mail that Sluice sends. Ends with 0 only if the numbers of the run add up and are the
expected ones. Stops local AWS again if it started it.

`demo.py --explain` only prints what `make demo` does, and how long each part takes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import local_aws

FEED = "products"
SAMPLE = local_aws.ROOT / "examples" / f"{FEED}.csv"
EXPECTED = local_aws.ROOT / "examples" / f"{FEED}.expected.json"

MAIL_SECONDS = 10

IMPORTED_WITH_REJECTS = 3
"""The exit code of `sluice` for a run that is IMPORTED with rejects, as the sample is."""

SLUICE = local_aws.ROOT / "target" / "debug" / "sluice"
"""The binary of `sluice` that `make binaries` builds."""

PARTS = """\
make demo shows one import from the file to the mail, on this machine alone. The first time:
  1. install the pinned Python tools into .local/venv, and compile `sluice` and the functions, unoptimised   {compile}
  2. start local AWS, and deploy the stack on it with SAM                                                    {deploy}
  3. import examples/products.csv, follow the run, and show its mail                                         {run}
The times are those of two cores. A second call skips what is done already. `make clean` removes everything again.
"""
TIMES = {"compile": "5 min", "deploy": "1 min", "run": "10 s"}


def main() -> int:
    if sys.argv[1:] == ["--explain"]:
        print(PARTS.format(**TIMES))
        return 0
    was_running = local_aws.running() is not None
    local_aws.start()
    try:
        if not local_aws.OUTPUTS.exists():
            local_aws.say("deploying the stack: about a minute …")
            local_aws.deploy()
        return demo()
    finally:
        if was_running:
            local_aws.say("local AWS keeps running; `make local-down` stops it")
        else:
            local_aws.stop()


def demo() -> int:
    os.environ.update(local_aws.client_env())
    mails_before = len(mails())
    sample = SAMPLE.relative_to(local_aws.ROOT)
    command = ["import", str(sample), "--feed", FEED, "--follow", "--stack", local_aws.stack_name()]
    print(f"\n$ sluice {' '.join(command)}", flush=True)
    ran = subprocess.run([SLUICE, *command], cwd=local_aws.ROOT, check=False)
    for mail in new_mails(mails_before):
        print_mail(mail)
    if ran.returncode != IMPORTED_WITH_REJECTS:
        local_aws.say(f"sluice ended with {ran.returncode} instead of {IMPORTED_WITH_REJECTS}, the code of an import with rejects")
        return ran.returncode or 1
    wrong = what_is_wrong(report(), json.loads(EXPECTED.read_text()))
    for sentence in wrong:
        local_aws.say(sentence)
    return 1 if wrong else 0


def report() -> dict:
    """The report of the last run of the feed, from the data bucket."""
    import boto3

    s3 = boto3.client("s3")
    bucket = json.loads(local_aws.OUTPUTS.read_text())["DataBucket"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"output/{FEED}/")
    reports = [o for page in pages for o in page.get("Contents", []) if o["Key"].endswith("/report.json")]
    last = max(reports, key=lambda o: o["LastModified"])
    return json.load(s3.get_object(Bucket=bucket, Key=last["Key"])["Body"])


def what_is_wrong(report: dict, expected: dict) -> list[str]:
    """The differences between the numbers of a run and the expected ones; a sentence each.

    Items from an earlier demo count as unchanged, not as imported.
    """
    tally = report["tally"]
    sums = [
        ("read", tally["read"], sum(number for word, number in tally.items() if word != "read")),
        ("read", tally["read"], expected["read"]),
        ("imported and unchanged", tally["imported"] + tally["unchanged"], expected["imported"]),
        ("duplicate", tally["duplicate"], expected["duplicate"]),
        ("rejected", tally["rejected"], expected["rejected"]),
        ("by code", report["by_code"], expected["by_code"]),
    ]
    return [f"{word}: {found} instead of {right}" for word, found, right in sums if found != right]


def mails() -> list[dict]:
    accounts = local_aws.get(local_aws.running()["port"], "/_ministack/ses/messages")["messages"]
    return [mail for mails in accounts.values() for mail in mails]


def new_mails(before: int) -> list[dict]:
    """The mails after the first `before` ones. Waits until there is one."""
    deadline = time.monotonic() + MAIL_SECONDS
    while len(mails()) <= before and time.monotonic() < deadline:
        time.sleep(0.2)
    return mails()[before:]


def print_mail(mail: dict) -> None:
    lines = [f"From: {mail['Source']}", f"To: {', '.join(mail['To'])}", f"Subject: {mail['Subject']}", ""]
    lines += mail["BodyText"].splitlines()
    print("\n┌" + "─" * 30 + " the mail, as it was sent")
    print("\n".join(f"│ {line}".rstrip() for line in lines))
    print("└" + "─" * 55, flush=True)


if __name__ == "__main__":
    sys.exit(main())
