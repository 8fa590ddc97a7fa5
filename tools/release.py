"""What a release has.

    version      prints the version of the workspace
    notes        prints what the changelog says of this version; fails if it says nothing
    parts ARCH   prints what the functions and the CLI are made of, as a CycloneDX document
    build ARCH   writes into dist/, for ARCH: the CLI, its wheel, the stack that `sam build` has built, and their parts
    wheel        packs the `sluice` of `make binaries` as a wheel, installs it without network, and runs it
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = Path(os.environ.get("SLUICE_DIST") or ROOT / "dist")
BUILD = Path(os.environ.get("SLUICE_BUILD") or ROOT / ".aws-sam/build")
TARGETS = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
# What `tools/deploy.py` needs to deploy without building, at the same places as in the repository, and what a user starts with.
STACK = [
    "statemachine", "template.yaml", "tools/deploy.py", "tools/expand_template.py", "feeds", "examples", "docs",
    "README.md", "SEMANTICS.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT",
]


def main() -> None:
    match sys.argv[1:]:
        case ["version"]:
            print(version())
        case ["notes"]:
            print(notes())
        case ["parts", architecture]:
            print(json.dumps(parts(architecture), indent=1))
        case ["build", architecture]:
            build(architecture)
        case ["wheel"]:
            try_wheel()
        case _:
            sys.exit(__doc__)


def version() -> str:
    section = (ROOT / "Cargo.toml").read_text().split("[workspace.package]\n", 1)[1]
    return re.search(r'^version = "(.+)"$', section, re.MULTILINE)[1]


def notes() -> str:
    """The section of this version, without its heading."""
    sections = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    for section in sections:
        heading, _, text = section.partition("\n")
        if heading.startswith(f"[{version()}]"):
            return text.strip()
    sys.exit(f"CHANGELOG.md has no section [{version()}]")


def build(architecture: str) -> None:
    target = TARGETS[architecture]
    DIST.mkdir(exist_ok=True)
    # zig as the linker, so that the CLI runs with any glibc from 2.17 (2012) on.
    subprocess.run(
        ["maturin", "build", "--manifest-path", "crates/cli/Cargo.toml", "--release", "--locked", "--target", target, "--zig",
         "--compatibility", "manylinux2014", "--out", DIST], cwd=ROOT, check=True,
    )
    name = f"sluice-{version()}-{architecture}"
    wheel = next(DIST.glob(f"sluice_cli-{version()}-*{target.split('-')[0]}.whl"))
    with zipfile.ZipFile(wheel) as opened:
        binary = next(file for file in opened.infolist() if file.filename.endswith(".data/scripts/sluice"))
        binary.filename = "sluice"
        extracted = Path(opened.extract(binary, DIST / name))
    extracted.chmod(0o755)
    pack(f"{name}-linux.tar.gz", name, {"sluice": extracted, **{file: ROOT / file for file in STACK if file.startswith("LICENSE")}})
    extracted.unlink()
    extracted.parent.rmdir()
    pack(f"sluice-stack-{version()}-{architecture}.tar.gz", f"sluice-stack-{version()}",
         {".aws-sam/build": BUILD, **{file: ROOT / file for file in STACK}})
    (DIST / f"{name}.cdx.json").write_text(json.dumps(parts(architecture), indent=1))


# maturin builds the CLI alone, for which cargo would choose other features and compile the AWS SDK again. So it gets a cargo that
# builds the whole workspace, as `make binaries` has done.
CARGO = """\
#!/bin/sh
case $1 in rustc) set -- build --workspace --bins --locked --message-format json-render-diagnostics ;; esac
exec {cargo} "$@"
"""


def try_wheel() -> None:
    """Packs the CLI as it is, unoptimised, and installs it in an environment of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shim = folder / "bin/cargo"
        shim.parent.mkdir()
        shim.write_text(CARGO.format(cargo=shlex.quote(shutil.which("cargo") or sys.exit("there is no cargo"))))
        shim.chmod(0o755)
        path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
        quietly("maturin", "build", "--manifest-path", "crates/cli/Cargo.toml", "--profile", "dev", "--locked",
                "--compatibility", "linux", "--out", folder, env=os.environ | {"PATH": path})
        quietly(sys.executable, "-m", "venv", folder / "installed")
        wheels = list(folder.glob(f"sluice_cli-{version()}-*.whl"))
        quietly(folder / "installed/bin/pip", "install", "--disable-pip-version-check", "--no-index", *wheels)
        said = quietly(folder / "installed/bin/sluice", "--version").strip()
    if said != f"sluice {version()}":
        sys.exit(f"the wheel installs {said!r}, but this is version {version()}")


def quietly(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """Runs a command, and returns what it printed; shows everything if it fails."""
    ran = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
    if ran.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def pack(archive: str, folder: str, files: dict[str, Path]) -> None:
    """Packs files into a folder of an archive, as files of nobody in particular."""
    def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return None if "__pycache__" in entry.name else entry

    with tarfile.open(DIST / archive, "w:gz") as packed:
        for name, file in files.items():
            packed.add(file, f"{folder}/{name}", filter=anonymous)


def parts(architecture: str) -> dict:
    """The crates in the binaries that ship, with licences and checksums: https://cyclonedx.org/docs/1.5/json/"""
    asked = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", TARGETS[architecture]]
    metadata = json.loads(subprocess.run(asked, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    lock = re.findall(r'name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"', (ROOT / "Cargo.lock").read_text())
    checksums = {(name, number): checksum for name, number, checksum in lock}
    nodes = {node["id"]: [edge["pkg"] for edge in node["deps"] if any(kind["kind"] != "dev" for kind in edge["dep_kinds"])]
             for node in metadata["resolve"]["nodes"]}
    shipped, waiting = set(), list(metadata["workspace_default_members"])
    while waiting:
        crate = waiting.pop()
        if crate not in shipped:
            shipped.add(crate)
            waiting += nodes[crate]
    crates = {package["id"]: package for package in metadata["packages"] if package["id"] in shipped}
    reference = {crate: f"pkg:cargo/{package['name']}@{package['version']}" for crate, package in crates.items()}

    def component(crate: str) -> dict:
        package = crates[crate]
        found = {"type": "library", "bom-ref": reference[crate], "purl": reference[crate],
                 "name": package["name"], "version": package["version"]}
        if package["license"]:
            # An older manifest writes MIT/Apache-2.0.
            found["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        if checksum := checksums.get((package["name"], package["version"])):
            found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return found

    ordered = sorted(crates, key=reference.get)
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "sluice", "name": "sluice", "version": version()}},
        "components": [component(crate) for crate in ordered],
        "dependencies": [{"ref": "sluice", "dependsOn": sorted(reference[crate] for crate in metadata["workspace_default_members"])}]
        + [{"ref": reference[crate], "dependsOn": sorted({reference[other] for other in nodes[crate]})} for crate in ordered],
    }


main()
