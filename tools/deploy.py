"""Deploys the stack to AWS: asks what a person must decide, keeps the answers, and hands them to the SAM CLI.

    ask       asks what is not answered yet, checks all answers, and writes new ones into deployment.ini
    deploy    deploys what `sam build` has built
    prepare   creates a change set of what `sam build` has built and stops, so that somebody else can look at it and execute it
    retained ACCOUNT   writes what CloudFormation needs to import the data that a deleted stack has left

An answer comes from deployment.ini; if it is not there, from the environment; if it is not there either, from the person at the
terminal. Git ignores deployment.ini. SLUICE_DEPLOYMENT names another file.
"""

from __future__ import annotations

import argparse
import configparser
import json
import os
import re
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
BUILD = Path(os.environ.get("SLUICE_BUILD") or ROOT / ".aws-sam/build")
FILE = Path(os.environ.get("SLUICE_DEPLOYMENT") or ROOT / "deployment.ini")

ADDRESS = re.compile(r"[^@\s<>,]+@[^@\s<>,]+")
# The longest physical name of the stack is `<stack>-inbox-<account>-<region>`. A bucket's name has at most 63 characters, all lower
# case: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET_NAME = "{stack}-inbox-123456789012-{region}"
LONGEST_BUCKET_NAME = 63
RESERVED_BY_S3 = ("xn--", "sthree-", "amzn-s3-demo-")
# e_machine of an ELF file: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
# How long CloudFormation watches the alarms after an update, before it calls the update done.
WATCHED_MINUTES = 10


# ── What a person decides ─────────────────────────────────────────────────────────────────────────


@dataclass
class Question:
    """Something that a person must decide."""

    section: str
    name: str
    variables: tuple[str, ...]  # where the environment answers it
    explained: str
    check: Callable[[str, dict[str, str]], str | None]  # what is wrong with an answer, beside the earlier answers
    usual: Callable[[], str]  # what Enter means; "" for no answer
    may_be_empty: bool = False


def wrong_region(region: str, _: dict[str, str]) -> str | None:
    return None if re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-[0-9]", region) else "a region is written like eu-central-1"


def wrong_stack(stack: str, answers: dict[str, str]) -> str | None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", stack):
        return "it may have lower-case letters, digits and single hyphens, and begins with a letter: it is part of the buckets' names"
    if stack.startswith(RESERVED_BY_S3):
        return f"S3 reserves names that begin with {', '.join(RESERVED_BY_S3)}"
    room = longest_stack(answers["region"])
    if len(stack) > room and not wrong_region(answers["region"], answers):
        return f"it has {len(stack)} characters; in {answers['region']} it may have {room}, because a bucket's name may have 63"
    return None


def longest_stack(region: str) -> int:
    """How many characters the name of a stack may have."""
    return LONGEST_BUCKET_NAME - len(BUCKET_NAME.format(stack="", region=region))


def wrong_sender(sender: str, _: dict[str, str]) -> str | None:
    return None if ADDRESS.fullmatch(sender) else "it must be a bare address, such as imports@example.com"


def wrong_operators(operators: str, _: dict[str, str]) -> str | None:
    wrong = [one.strip() for one in operators.split(",") if not ADDRESS.fullmatch(one.strip())]
    return f"this is not an address: {', '.join(wrong)}" if operators and wrong else None


def wrong_choice(choice: str, _: dict[str, str]) -> str | None:
    return None if choice in ("true", "false") else "answer true or false"


def usual_region() -> str:
    """The region of the profile."""
    import boto3  # The SAM CLI installs it.
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.Session().region_name or ""
    except BotoCoreError:  # A profile that does not exist. The SAM CLI says so.
        return ""


# The region comes before the stack, because it says how long the stack's name may be.
QUESTIONS = [
    Question("stack", "region", ("AWS_REGION", "AWS_DEFAULT_REGION"),
             "The AWS region of the stack. Data stays in it.",
             wrong_region, usual_region),
    Question("stack", "name", ("SLUICE_STACK",),
             "The name of the stack. All its resources begin with it, so it cannot change later.",
             wrong_stack, lambda: "sluice"),
    Question("parameters", "Sender", ("SLUICE_SENDER",),
             "The address that mails come from. SES must have verified it, or its domain, in this region.",
             wrong_sender, lambda: ""),
    Question("parameters", "Operators", ("SLUICE_OPERATORS",),
             "Who gets a mail of every failure and every refused file: addresses, separated by commas. Empty for nobody.",
             wrong_operators, lambda: "", may_be_empty=True),
    Question("parameters", "SampleTables", ("SLUICE_SAMPLE_TABLES",),
             "Whether to create the tables of the sample feeds, products and sales: true or false.",
             wrong_choice, lambda: "false"),
]

HEAD = """\
# The answers of `make deploy`, which reads them here and asks only for what is missing. Git ignores this file.
# [parameters] may have any parameter of template.yaml, for example: LogLevel = debug
# CloudFormation keeps the last value of a parameter that is removed from here.
# [stack] may have the ARN of a role with which CloudFormation works, instead of your permissions: role = arn:aws:iam::…
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("ask").add_argument("--architecture", default="arm64", choices=MACHINES.values())
    commands.add_parser("deploy")
    commands.add_parser("prepare")
    commands.add_parser("retained").add_argument("account")
    given = parser.parse_args()
    if given.command == "ask":
        try:
            ask(given.architecture)
        except (EOFError, KeyboardInterrupt):
            fail("\nnothing is deployed")
    elif given.command == "retained":
        retained(given.account)
    else:
        stack, region, parameters = answered()
        parameters |= {"Architecture": built_architecture()}
        role = read_file()["stack"].get("role")
        {"deploy": deploy, "prepare": prepare}[given.command](stack, region, parameters, role)


def ask(architecture: str) -> None:
    """Asks what is not answered yet, checks all answers, and writes new ones into the file."""
    sections = read_file()
    asks = sys.stdin.isatty()
    answers, new, wrong = {}, {}, []
    for question in QUESTIONS:
        name = question.name
        in_file = sections[question.section].get(name)
        in_environment = from_environment(question)
        if in_file is None and asks:
            answers[name] = new[name] = put(question, in_environment, answers)
            continue
        answers[name] = in_file if in_file is not None else in_environment or ""
        if mistake := mistake_in(question, answers[name], answers):
            wrong.append(f"{name} = {answers[name]}: {mistake}\n  {question.explained}\n"
                         f"  It is answered by {name} in [{question.section}] of {FILE}, or by the variable {question.variables[0]}.")
    known = set(parameter_names())
    wrong += [f"{FILE}: template.yaml has no parameter {name}" for name in sections["parameters"] if name not in known]
    if wrong:
        fail("\n".join(wrong))
    if new:
        if "Architecture" not in sections["parameters"]:
            new["Architecture"] = architecture
        write(new)
        say(f"\nThe answers are in {FILE}; `make deploy` will not ask again.\n\n{standing_costs()}\n")
    say(f"deploying the stack {answers['name']} to {answers['region']}")


def from_environment(question: Question) -> str | None:
    """The answer of the environment. An empty variable answers nothing."""
    return next((os.environ[variable] for variable in question.variables if os.environ.get(variable)), None)


def put(question: Question, in_environment: str | None, answers: dict[str, str]) -> str:
    """Asks a question until its answer is good."""
    usual = in_environment or question.usual()
    say(f"\n{question.explained}")
    while True:
        answer = input(f"{question.name}{f' [{usual}]' if usual else ''}: ").strip() or usual
        if mistake := mistake_in(question, answer, answers):
            say(f"  {mistake}")
        else:
            return answer


def mistake_in(question: Question, answer: str, answers: dict[str, str]) -> str | None:
    if not answer:
        return None if question.may_be_empty else "this needs an answer"
    return question.check(answer, answers)


def answered() -> tuple[str, str, dict[str, str]]:
    """The name of the stack, its region and its parameters, which `ask` has checked."""
    sections = read_file()
    for question in QUESTIONS:
        in_environment = from_environment(question)
        if question.name not in sections[question.section] and in_environment:
            sections[question.section][question.name] = in_environment
    try:
        return sections["stack"]["name"], sections["stack"]["region"], sections["parameters"]
    except KeyError as missing:
        fail(f"{missing} is not answered: run `make deploy`")


def read_file() -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # The names of parameters have capital letters.
    try:
        parser.read(FILE)
    except configparser.Error as error:
        fail(f"{FILE} cannot be read: {error.message}")
    return {section: dict(parser[section]) if section in parser else {} for section in ("stack", "parameters")}


def write(answers: dict[str, str]) -> None:
    """Adds answers to the file, and leaves there what a person has written."""
    text = FILE.read_text() if FILE.exists() else f"{HEAD}\n[stack]\n\n[parameters]\n"
    of_stack = {question.name for question in QUESTIONS if question.section == "stack"}
    for section in ("stack", "parameters"):
        lines = [f"{name} = {answer}".rstrip() for name, answer in answers.items() if (name in of_stack) == (section == "stack")]
        if not re.search(rf"^\[{section}\]$", text, re.MULTILINE):
            text += f"\n[{section}]\n"
        text = re.sub(rf"^\[{section}\]$", lambda header: "\n".join([header[0], *lines]), text, count=1, flags=re.MULTILINE)
    FILE.write_text(text)


def parameter_names() -> list[str]:
    section = TEMPLATE.read_text().split("\nParameters:\n", 1)[1]
    section = re.split(r"\n(?=\S)", section)[0]
    return re.findall(r"^  (\w+):$", section, re.MULTILINE)


# ── What it costs ─────────────────────────────────────────────────────────────────────────────────


def standing_costs() -> str:
    """What the stack costs in a month in which no file comes. Prices in us-east-1, November 2026, without free tiers:
    https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/step-functions/pricing/, https://aws.amazon.com/s3/pricing/,
    https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/xray/pricing/"""
    template = TEMPLATE.read_text()
    sweeps, retries = 30 * 24 * 12, 30 * 24 * 4  # SweepRule and RetrySchedule
    costs = [
        ("alarms", template.count("Type: AWS::CloudWatch::Alarm") * 0.10),
        ("dashboards", template.count("Type: AWS::CloudWatch::Dashboard") * 3.00),
        # Start, Collect, Each lot, Done.
        ("the retry schedule in Step Functions", retries * 4 * 0.025 / 1_000),
        # A sweep lists the inbox and notes its place, at most 3 requests of the price of a PUT.
        ("the sweep's requests to S3", sweeps * 3 * 0.005 / 1_000),
        ("calls of Lambda, their logs and traces",
         # 0.3 s of half a GB, 2 KB of logs and a trace each.
         (sweeps + retries) * (0.20 / 1e6 + 0.3 * 0.5 * 0.000_016_666_7 + 2e-6 * 0.50 + 5.00 / 1e6)),
    ]
    parts = ", ".join(f"{what} ${dollars:.2f}" for what, dollars in costs if dollars)
    return (f"Without files the stack costs about ${sum(dollars for _, dollars in costs):.2f} a month: {parts}.\n"
            "Of this an account has free each month: 10 alarms, 3 dashboards, 4,000 transitions of Step Functions, a million calls.\n"
            "What is kept costs $0.023 per GB and month in S3, $0.25 in DynamoDB and $0.20 for its recovery. The README says what files cost.")


def next_steps(stack: str, region: str, parameters: dict[str, str]) -> str:
    sender = parameters.get("Sender", "the sender")
    place = f"--stack {stack} --region {region}"
    tables = ("The tables of the sample feeds exist. Create that of another feed" if parameters.get("SampleTables") == "true" else
              "Create the table of each feed")
    return f"""
Once the stack is deployed:
1. Let SES verify {sender}: aws sesv2 create-email-identity --region {region} --email-identity {sender}
   A new account is in the sandbox of SES, which sends only to verified addresses:
   https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
2. Put your feeds into the stack: sluice feed push FEED.yaml {place}
   `cargo install --path crates/cli` puts sluice on your path.
3. {tables}: sluice table create FEED {place}
4. Check everything: sluice doctor {place}
5. Try everything in five minutes: docs/first-deployment.md
"""


# ── The deployment ────────────────────────────────────────────────────────────────────────────────


def built_architecture() -> str:
    """The processor for which the functions in the build folder were compiled, as the binaries themselves say."""
    binaries = sorted(BUILD.glob("*Function/bootstrap"))
    found = {binary: architecture(binary) for binary in binaries}
    if len(set(found.values())) != 1:
        listed = "\n".join(f"  {binary}: {built}" for binary, built in found.items()) or f"  nothing in {BUILD}"
        fail(f"these functions were not built for one architecture; build them again with `make deploy`:\n{listed}")
    return next(iter(found.values()))


def architecture(binary: Path) -> str:
    head = binary.read_bytes()[:20]
    machine = struct.unpack_from("<H", head, 18)[0] if len(head) == 20 and head.startswith(b"\x7fELF") else None
    return MACHINES.get(machine) or fail(f"{binary} is not a binary for {' or '.join(MACHINES.values())}")


def deploy(stack: str, region: str, parameters: dict[str, str], role: str | None) -> None:
    """Deploys with the SAM CLI. It shows the changes, and asks before it makes them if there is a terminal."""
    confirm = "--confirm-changeset" if sys.stdin.isatty() else "--no-confirm-changeset"
    sam("deploy", "--template-file", str(BUILD / "template.yaml"), "--stack-name", stack, "--region", region,
        "--resolve-s3", "--capabilities", "CAPABILITY_IAM", confirm, "--no-fail-on-empty-changeset",
        *(("--role-arn", role) if role else ()),
        "--parameter-overrides", *(override(name, value) for name, value in parameters.items()))
    say(next_steps(stack, region, parameters))


def override(name: str, value: str) -> str:
    """A parameter as the SAM CLI reads it: in quotes, because it may be empty or have spaces."""
    quoted = value.replace('"', '\\"')
    return f'{name}="{quoted}"'


def sam(*arguments: str) -> None:
    # `prepare` prints one line, the change set.
    ran = subprocess.run(["sam", *arguments], cwd=ROOT, check=False, stdout=sys.stderr)
    if ran.returncode != 0:
        sys.exit(ran.returncode)


def prepare(stack: str, region: str, parameters: dict[str, str], role: str | None) -> None:
    """Uploads the functions and creates a change set. CloudFormation will undo its update if an alarm of the stack goes off."""
    import boto3
    from botocore.exceptions import WaiterError

    packaged = BUILD / "packaged.yaml"
    sam("package", "--template-file", str(BUILD / "template.yaml"), "--region", region, "--resolve-s3", "--s3-prefix", stack,
        "--output-template-file", str(packaged))
    cloudformation = boto3.client("cloudformation", region_name=region)
    # `--resolve-s3` has created this stack. The SAM CLI deletes nothing from its bucket.
    managed = cloudformation.describe_stacks(StackName="aws-sam-cli-managed-default")["Stacks"][0]
    bucket = next(output["OutputValue"] for output in managed["Outputs"] if output["OutputKey"] == "SourceBucket")
    name = f"sluice-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
    key = f"{stack}/{name}.template"
    s3 = boto3.client("s3", region_name=region)
    s3.upload_file(str(packaged), bucket, key)
    existing = parameters_of(cloudformation, stack)
    # An alarm that does not exist fails the update, so none is named for a stack that does not exist yet:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
    created = existing is None
    kept = [] if created else [one for one in parameter_names() if one in existing and one not in parameters]
    change_set = cloudformation.create_change_set(
        StackName=stack, ChangeSetName=name, ChangeSetType="CREATE" if created else "UPDATE",
        TemplateURL=f"{s3.meta.endpoint_url}/{bucket}/{key}",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": one, "ParameterValue": value} for one, value in parameters.items()]
        + [{"ParameterKey": one, "UsePreviousValue": True} for one in kept],
        RollbackConfiguration={} if created else rollback_alarms(stack, region),
        **({"RoleARN": role} if role else {}),
    )["Id"]
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(ChangeSetName=change_set, WaiterConfig={"Delay": 5})
    except WaiterError:
        reason = cloudformation.describe_change_set(ChangeSetName=change_set).get("StatusReason", "")
        fail(f"the change set could not be created: {reason}")
    pages = cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=change_set)
    for change in (change["ResourceChange"] for page in pages for change in page["Changes"]):
        replaced = ", replaced" if change.get("Replacement") == "True" else ""
        say(f"  {change['Action']:<7} {change['LogicalResourceId']} ({change['ResourceType']}{replaced})")
    say("To make these changes: aws cloudformation execute-change-set --region "
        f"{region} --change-set-name {change_set}")
    print(change_set)


def parameters_of(cloudformation, stack: str) -> set[str] | None:
    """The names of the parameters of a stack; None if there is no such stack."""
    from botocore.exceptions import ClientError

    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    # A stack that has only change sets, none of which was executed, does not exist yet.
    if found["StackStatus"] == "REVIEW_IN_PROGRESS":
        return None
    return {parameter["ParameterKey"] for parameter in found.get("Parameters", [])}


def rollback_alarms(stack: str, region: str) -> dict:
    """What makes CloudFormation undo an update: functions that fail, and events that cannot be delivered."""
    import boto3

    account = boto3.client("sts", region_name=region).get_caller_identity()["Arn"].split(":")
    partition, account = account[1], account[4]
    arns = [f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{stack}-{alarm}" for alarm in ("failed-calls", "undelivered")]
    return {"RollbackTriggers": [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in arns],
            "MonitoringTimeInMinutes": WATCHED_MINUTES}


# ── The data of a deleted stack ───────────────────────────────────────────────────────────────────

# The property that names a resource in an import, by its type.
IDENTIFIERS = {
    "AWS::Backup::BackupVault": "BackupVaultName", "AWS::DynamoDB::Table": "TableName", "AWS::S3::Bucket": "BucketName"}


def retained(account: str) -> None:
    """Writes a template of the resources that outlive their stack, and the names by which CloudFormation imports them.

    An import can only import, so the template has nothing else: no function, no policy, no output. CloudFormation takes the names
    as texts alone. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html"""
    stack, region, parameters = answered()
    expanded = subprocess.run([sys.executable, ROOT / "tools/expand_template.py"], capture_output=True, text=True, check=True)
    template = json.loads(expanded.stdout)
    names = {"AWS::StackName": stack, "AWS::AccountId": account, "AWS::Region": region}
    resources, identifiers = {}, []
    for logical, resource in template["Resources"].items():
        if resource.get("DeletionPolicy") != "RetainExceptOnCreate":
            continue
        if resource.get("Condition") == "HasBackups" and parameters.get("BackupDays", "0") == "0":
            continue
        identifier = IDENTIFIERS[resource["Type"]]
        given = resource["Properties"][identifier]
        pattern = given["Fn::Sub"] if "Fn::Sub" in given else f"${{{given['Ref']}}}"
        name = re.sub(r"\$\{([\w:]+)\}", lambda match: names[match[1]], pattern)
        # With RetainExceptOnCreate, an import that is rolled back might delete what it has just imported.
        resources[logical] = resource | {
            "DeletionPolicy": "Retain", "Properties": resource["Properties"] | {identifier: name}}
        identifiers.append(
            {"ResourceType": resource["Type"], "LogicalResourceId": logical, "ResourceIdentifier": {identifier: name}})
    kept = {part: template[part] for part in ("AWSTemplateFormatVersion", "Parameters", "Conditions") if part in template}
    known = template["Parameters"].keys()
    folder = FILE.parent / ".local/retained"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "template": kept | {"Resources": resources},
        "resources": identifiers,
        "parameters": [{"ParameterKey": one, "ParameterValue": value} for one, value in parameters.items() if one in known],
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1))
    say(f"""{folder} has what CloudFormation needs. Now run

cd {folder}
aws cloudformation create-change-set --region {region} --stack-name {stack} --change-set-name import --change-set-type IMPORT \\
    --template-body file://template.json --parameters file://parameters.json --resources-to-import file://resources.json
aws cloudformation wait change-set-create-complete --region {region} --stack-name {stack} --change-set-name import
aws cloudformation execute-change-set --region {region} --stack-name {stack} --change-set-name import
aws cloudformation wait stack-import-complete --region {region} --stack-name {stack}

and then `make deploy`, which adds the rest.""")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def fail(text: str):
    say(text)
    sys.exit(1)


if __name__ == "__main__":
    main()
