"""Local AWS: one process on this machine that serves the APIs Sluice uses, with the stack deployed on it.

It listens on loopback only, speaks TLS (the buckets' policies refuse anything else), and enforces the IAM policies of the
functions. `test`/`test` are the root credentials of its only account.

    start    start it, unless it is running
    deploy   deploy the stack with the functions of `make binaries` (LOCAL=deployed: of `make functions`), upload the feeds, verify the sender in SES
    env      print the environment for a shell, an SDK or the CLI:  eval "$(python tools/local_aws.py env)"
    mails    print the mails that were sent (--json for programs)
    invoke FUNCTION JSON               call a function
    configure FUNCTION NAME=VALUE…     change its environment; an empty value removes a variable
    throttle FUNCTION [N]              reserve N concurrent executions for it (0: it cannot be called); without N, remove the reservation
    call SERVICE OPERATION JSON [FUNCTION]   print boto3's answer as JSON; with that function's role, or as root
    forbid FUNCTION ACTION             remove an action from its role; prints the argument of `permit`
    permit JSON                        restore the action
    restart  stop it and start it again, with its content
    stop     stop it and remove its content

LOCAL_AWS_DIR is the folder of its files (default .local/aws), LOCAL_AWS_PORT its port (default 4566; 0 for any free port), so
several can run side by side.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import certificate

ROOT = Path(__file__).resolve().parent.parent
DIR = ROOT / os.environ.get("LOCAL_AWS_DIR", ".local/aws")
BIN = Path(sys.executable).parent

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

STATE = DIR / "state.json"  # {"pid": …, "port": …} of the process that `start` started
STATE_DIR = DIR / "state"  # its state, except for objects
S3_DIR = DIR / "s3"  # the objects
OUTPUTS = DIR / "outputs.json"  # the outputs of the deployed stack
TMP_DIR = DIR / "tmp"  # the functions, unpacked
LOG = DIR / "aws.log"
REQUESTS = DIR / "requests.log"  # a line for each request: its time, method, path and query
CA = DIR / "ca.pem"
CA_BUNDLE = DIR / "ca-bundle.pem"
CERTIFICATE = DIR / "server.pem"
KEY = DIR / "server.key"
SERVER_CONFIG = DIR / "server.toml"

START_SECONDS = 60
STOP_SECONDS = 10
RESTART_SECONDS = 60

# The end-to-end tests need 2 GB: functions of 57 MB, copied, packed, uploaded and unpacked, and the files of runs. On a full
# disk, functions do not start, and the only symptom is runs that never end.
FREE_BYTES = 3_000_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = {
        "start": start, "deploy": deploy, "env": print_env, "mails": print_mails, "invoke": invoke,
        "configure": configure, "throttle": throttle, "call": call, "forbid": forbid, "permit": permit,
        "restart": restart, "stop": stop,
    }
    parser.add_argument("command", choices=commands)
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    commands[given.command](*given.arguments, **({"as_json": True} if given.json else {}))


# ── The process ───────────────────────────────────────────────────────────────────────────────────


def start() -> None:
    """Starts the process and waits until it answers."""
    if state := running():
        say(f"local AWS is running already: https://127.0.0.1:{state['port']}")
        return
    remove_state()  # A process that crashed may have left some.
    DIR.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(DIR).free) < FREE_BYTES:
        fail(f"local AWS needs {FREE_BYTES / 1e9:.0f} GB of free disk; {DIR} has {free / 1e9:.1f}")
    make_certificate()
    OUTPUTS.unlink(missing_ok=True)
    LOG.unlink(missing_ok=True)
    REQUESTS.unlink(missing_ok=True)
    launch(free_port(int(os.environ.get("LOCAL_AWS_PORT", "4566"))))


def launch(port: int) -> None:
    """Starts the process on a port, with the content of its folders, and waits until it answers."""
    # Like AWS: HTTP/1.1, with connections that stay open.
    SERVER_CONFIG.write_text(
        'alpn_protocols = ["http/1.1"]\nkeep_alive_max_requests = 1000000000\n'
        f'accesslog = "{REQUESTS}"\naccess_log_format = "%(m)s %(Uq)s"\n'
    )
    TMP_DIR.mkdir(exist_ok=True)
    with LOG.open("ab") as log:
        # In a session of its own, so that it outlives this command and is stopped with the functions it started.
        process = subprocess.Popen(
            [sys.executable, "-m", "hypercorn", "--workers", "0", "--keep-alive", "75",
             "--bind", f"127.0.0.1:{port}", "--certfile", CERTIFICATE, "--keyfile", KEY, "--config", SERVER_CONFIG,
             "ministack.app:app"],
            cwd=DIR, env=server_env(port), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )
    STATE.write_text(json.dumps({"pid": process.pid, "port": port}))
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(LOG.read_text(errors="replace").splitlines()[-20:])
            stop()
            fail(f"local AWS did not start; its log, {LOG}, ends with:\n{tail}")
        time.sleep(0.1)
    say(f"local AWS is running: https://127.0.0.1:{port}")


def server_env(port: int) -> dict[str, str]:
    """The environment of the process, which the functions inherit."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SSL_CERT_"))}
    return inherited | CREDENTIALS | {
        "AUTH": "true",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": f"https://127.0.0.1:{port}",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_REGION": REGION,
        # The content outlives the process, for `restart`.
        "PERSIST_STATE": "1",
        "S3_DATA_DIR": str(S3_DIR),
        "S3_PERSIST": "1",
        "SSL_CERT_FILE": str(CA),
        "STATE_DIR": str(STATE_DIR),
        "TMPDIR": str(TMP_DIR),
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(CERTIFICATE),
        "MINISTACK_SSL_KEY": str(KEY),
    }


def free_port(wanted: int) -> int:
    """The wanted port, or any free one for 0. Fails if another program listens on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            fail(f"port {wanted} is taken by another program ({error.strerror}); choose one with LOCAL_AWS_PORT=…")
        return probe.getsockname()[1]


def restart() -> None:
    """Stops the process and starts it again, with the same address and content: a short outage of all of AWS. Executions that
    were running have FAILED then."""
    state = running() or fail("local AWS is not running: make local")
    os.kill(state["pid"], signal.SIGTERM)  # Only this process: it saves its state before it ends.
    await_end(state, RESTART_SECONDS)
    end(state)
    launch(state["port"])


def stop() -> None:
    """Stops the process that `start` started, and its children; no other."""
    if state := running(must_answer=False):
        end(state)
    STATE.unlink(missing_ok=True)
    OUTPUTS.unlink(missing_ok=True)
    remove_state()


def remove_state() -> None:
    """Removes the state of the process and its unpacked functions."""
    for left in (STATE_DIR, S3_DIR, TMP_DIR):
        shutil.rmtree(left, ignore_errors=True)


def end(state: dict) -> None:
    """Ends a process that this script started, and its children."""
    for ending in (signal.SIGTERM, signal.SIGKILL):  # The second signal is for processes that ignore the first, such as functions.
        try:
            os.killpg(state["pid"], ending)
        except ProcessLookupError:
            break
        await_end(state, STOP_SECONDS)
    say("local AWS is stopped")


def await_end(state: dict, seconds: int) -> None:
    """Waits until the process has ended, at most this number of seconds."""
    deadline = time.monotonic() + seconds
    while alive(state["pid"]) and time.monotonic() < deadline:
        time.sleep(0.1)


def running(must_answer: bool = True) -> dict | None:
    """The running process of this directory, if any."""
    if not STATE.exists():
        return None
    state = json.loads(STATE.read_text())
    if not alive(state["pid"]) or (must_answer and not answers(state["port"])):
        return None
    return state


def alive(pid: int) -> bool:
    """Whether the process runs and is the one that `start` started; the system reuses ids."""
    try:
        os.waitpid(pid, os.WNOHANG)  # A child of ours would stay a zombie.
    except ChildProcessError:
        pass
    command = Path(f"/proc/{pid}/cmdline")
    if command.parent.parent.joinpath("self").exists():
        listed = command.read_text() if command.exists() else ""
    else:
        listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return "ministack.app:app" in listed


def answers(port: int) -> bool:
    try:
        get(port, "/_ministack/health")
    except OSError:
        return False
    return True


def get(port: int, path: str) -> dict:
    context = ssl.create_default_context(cafile=CA)
    with urllib.request.urlopen(f"https://127.0.0.1:{port}{path}", context=context, timeout=5) as response:
        return json.load(response)


def make_certificate() -> None:
    """Makes the certificates of the process, and the bundle for its clients."""
    certificate.make(CA, CERTIFICATE, KEY)
    # The bundle includes the roots that this machine trusts, because a program has only one bundle and may talk to other hosts.
    paths = ssl.get_default_verify_paths()
    roots = next((Path(path) for path in (paths.cafile, paths.openssl_cafile) if path and Path(path).exists()), None)
    CA_BUNDLE.write_bytes((roots.read_bytes() if roots else b"") + b"\n" + CA.read_bytes())


# ── The stack ─────────────────────────────────────────────────────────────────────────────────────


def deploy() -> None:
    """Deploys the stack as `make deploy` does on AWS; then does what an operator does once. The functions are unoptimised; with
    LOCAL=deployed, they are those of `make functions`."""
    parameters = local_parameters()
    env = os.environ | client_env() | {"LOCAL": os.environ.get("LOCAL", "1"), "ARCH": parameters["Architecture"], "SAM_CLI_TELEMETRY": "0"}
    env["PATH"] = f"{BIN}{os.pathsep}{env['PATH']}"
    build_dir = DIR / "build"
    sam("build", "--build-dir", str(build_dir), env=env)
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    sam("deploy", "--template-file", str(build_dir / "template.yaml"), "--parameter-overrides", *overrides, env=env)

    import boto3

    os.environ.update(client_env())
    stack = boto3.client("cloudformation").describe_stacks(StackName=stack_name())["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    OUTPUTS.write_text(json.dumps(outputs, indent=2))
    # Feeds with the files that they name: schemas, terms, tables. The schema of the language is only for editors.
    for file in sorted((ROOT / "feeds").iterdir()):
        if file.is_file() and file.name != "feed.schema.json":
            boto3.client("s3").put_object(Bucket=outputs["DataBucket"], Key=f"feeds/{file.name}", Body=file.read_bytes())
    boto3.client("sesv2").create_email_identity(EmailIdentity=parameters["Sender"])
    permit_beside_the_template()
    say(f"the stack {stack_name()} is deployed")


def permit_beside_the_template() -> None:
    """Grants what local AWS asks for and AWS does not. It checks ListExecutions of a Map Run against all resources instead of that
    Map Run, and batches of messages as an action of their own: on AWS, `sqs:SendMessage` permits SendMessageBatch
    (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html)."""
    import boto3

    queues = f"arn:aws:sqs:*:*:{stack_name()}-target-*"
    for function, action, resource in (
        ("report", "states:ListExecutions", "*"), ("sweep", "states:ListExecutions", "*"), ("import", "sqs:SendMessageBatch", queues),
    ):
        statement = {"Effect": "Allow", "Action": [action], "Resource": resource}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        role = lambda_client().get_function_configuration(FunctionName=f"{stack_name()}-{function}")["Role"].rsplit("/", 1)[-1]
        boto3.client("iam").put_role_policy(RoleName=role, PolicyName="local-aws", PolicyDocument=policy)


def sam(*arguments: str, env: dict[str, str]) -> None:
    """Runs the SAM CLI with the profile `local`; shows its output only if it fails."""
    ran = subprocess.run(
        [BIN / "sam", *arguments, "--config-file", ROOT / "samconfig.toml", "--config-env", "local"], cwd=ROOT, env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )
    (DIR / f"sam-{arguments[0]}.log").write_text(ran.stdout)
    if ran.returncode != 0:
        fail(f"sam {arguments[0]} failed:\n{ran.stdout}")


def samconfig() -> dict:
    import tomlkit  # The SAM CLI installs it; Python itself reads TOML only from 3.11.

    return tomlkit.parse((ROOT / "samconfig.toml").read_text())["local"]


def stack_name() -> str:
    return str(samconfig()["global"]["parameters"]["stack_name"])


def local_parameters() -> dict[str, str]:
    """The parameters of the profile `local`, with the architecture of this machine."""
    machine = {"aarch64": "arm64", "amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    overrides = samconfig()["deploy"]["parameters"]["parameter_overrides"]
    return dict(str(override).split("=", 1) for override in overrides) | {"Architecture": machine}


# ── Clients ───────────────────────────────────────────────────────────────────────────────────────


def client_env() -> dict[str, str]:
    """The environment of a client of local AWS."""
    state = running() or fail("local AWS is not running: make local")
    return CREDENTIALS | {
        "AWS_CA_BUNDLE": str(CA_BUNDLE),  # Python and the AWS CLI
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": f"https://127.0.0.1:{state['port']}",
        "AWS_REGION": REGION,
        "SSL_CERT_FILE": str(CA_BUNDLE),  # Rust
    }


def print_env() -> None:
    """Prints the environment of a client, and the stack's outputs as SLUICE_…, for a shell."""
    # The folder too, so that this script uses the same local AWS if it is called from that shell.
    variables = client_env() | {"LOCAL_AWS_DIR": str(DIR), "SLUICE_STACK": stack_name()}
    if OUTPUTS.exists():
        for name, value in json.loads(OUTPUTS.read_text()).items():
            variables["SLUICE_" + re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()] = value
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")


def print_mails(as_json: bool = False) -> None:
    state = running() or fail("local AWS is not running: make local")
    accounts = get(state["port"], "/_ministack/ses/messages")["messages"]
    mails = [mail for mails in accounts.values() for mail in mails]
    if as_json:
        print(json.dumps(mails))
        return
    for mail in mails:
        print(f"From: {mail['Source']}\nTo: {', '.join(mail['To'])}\nSubject: {mail['Subject']}\n\n{mail['BodyText']}\n")


def invoke(function: str, payload: str) -> None:
    """Calls a function of the stack, and prints its answer."""
    answered = lambda_client().invoke(FunctionName=f"{stack_name()}-{function}", Payload=payload.encode())
    print(json.dumps({"error": "FunctionError" in answered, "payload": json.load(answered["Payload"])}))


def configure(function: str, *variables: str) -> None:
    """Changes the environment of a function, as an operator could; for tests."""
    name = f"{stack_name()}-{function}"
    environment = lambda_client().get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    environment |= dict(variable.split("=", 1) for variable in variables)
    environment = {name: value for name, value in environment.items() if value}
    lambda_client().update_function_configuration(FunctionName=name, Environment={"Variables": environment})


def throttle(function: str, executions: str | None = None) -> None:
    """Reserves concurrent executions for a function, or removes the reservation."""
    name = f"{stack_name()}-{function}"
    if executions is None:
        lambda_client().delete_function_concurrency(FunctionName=name)
    else:
        lambda_client().put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(executions))


def call(service: str, operation: str, parameters: str, function: str | None = None) -> None:
    """Prints the answer of an operation of a service; if it is refused, `{"error": …, "message": …}`."""
    import boto3
    from botocore.exceptions import ClientError

    os.environ.update(client_env())
    session = boto3.Session(**(role_credentials(function) if function else {}))
    given = json.loads(parameters)
    for blob in ("Body", "Payload"):
        if isinstance(given.get(blob), str):
            given[blob] = given[blob].encode()
    try:
        answered = getattr(session.client(service), operation)(**given)
    except ClientError as error:
        answered = {"error": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
    answered.pop("ResponseMetadata", None)
    print(json.dumps(answered, default=str))


def forbid(function: str, action: str) -> None:
    """Removes an action from a function's own policies, and prints the previous policies."""
    import boto3

    os.environ.update(client_env())
    iam = boto3.client("iam")
    role = lambda_client().get_function_configuration(FunctionName=f"{stack_name()}-{function}")["Role"].rsplit("/", 1)[-1]
    before = []
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        before.append({"RoleName": role, "PolicyName": name, "PolicyDocument": json.dumps(document)})
        for statement in document["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            # A statement needs an action: this one applies to no resource.
            statement["Action"] = [one for one in actions if one != action] or ["s3:ListAllMyBuckets"]
        if json.dumps(document) == before[-1]["PolicyDocument"]:
            before.pop()
            continue
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    if not before:
        fail(f"{function} does not have the permission {action}")
    print(json.dumps(before))


def permit(before: str) -> None:
    """Restores the policies that `forbid` printed."""
    import boto3

    os.environ.update(client_env())
    for policy in json.loads(before):
        boto3.client("iam").put_role_policy(**policy)


def role_credentials(function: str) -> dict[str, str]:
    """Credentials of a function's role. Only Lambda may assume it, so the trust policy is extended for a moment."""
    import boto3

    iam, sts = boto3.client("iam"), boto3.client("sts")
    arn = lambda_client().get_function_configuration(FunctionName=f"{stack_name()}-{function}")["Role"]
    role = arn.rsplit("/", 1)[-1]
    trusted = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    us = {"Effect": "Allow", "Principal": {"AWS": sts.get_caller_identity()["Arn"]}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(
        RoleName=role, PolicyDocument=json.dumps(trusted | {"Statement": [*trusted["Statement"], us]}))
    try:
        credentials = sts.assume_role(RoleArn=arn, RoleSessionName="tests")["Credentials"]
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trusted))
    return {
        "aws_access_key_id": credentials["AccessKeyId"], "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def lambda_client():
    import boto3

    os.environ.update(client_env())
    return boto3.client("lambda")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def fail(text: str):
    say(text)
    sys.exit(1)


if __name__ == "__main__":
    main()
