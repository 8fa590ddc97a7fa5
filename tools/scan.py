"""Scans template.yaml with checkov and compares its findings with our answers in tools/scan_answers.json.

Fails on a finding without an answer, and on an answer without a finding. It runs offline: checkov
fetches no policies and does not look for a newer version of itself.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ANSWERS = ROOT / "tools/scan_answers.json"
CHECKOV = [
    Path(sys.executable).parent / "checkov", "--framework", "cloudformation", "--file", "template.yaml",
    "--skip-download", "--quiet", "--compact", "--output", "json",
]


def findings() -> dict[tuple[str, str], str]:
    """The findings of checkov: the name of the check, by check id and resource."""
    ran = subprocess.run(
        CHECKOV, cwd=ROOT, env=os.environ | {"CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"}, stdout=subprocess.PIPE, text=True, check=False,
    )
    report = json.loads(ran.stdout)
    summary = report["summary"]
    # A template that checkov cannot read would have no findings.
    if summary["parsing_errors"] or not summary["resource_count"]:
        sys.exit(f"checkov could not read the template: {summary}")
    failed = report["results"]["failed_checks"]
    return {(one["check_id"], one["resource"].rsplit(".", 1)[-1]): one["check_name"] for one in failed}


def main() -> None:
    found = findings()
    answered = {(answer["check"], resource) for answer in json.loads(ANSWERS.read_text()) for resource in answer["resources"]}
    wrong = [f"{resource}: {check} ({found[check, resource]}) has no answer" for check, resource in sorted(found.keys() - answered)]
    wrong += [f"{resource}: checkov does not find {check}, so its answer is needless" for check, resource in sorted(answered - found.keys())]
    if wrong:
        sys.exit("\n".join([*wrong, f"Correct template.yaml, or the answers in {ANSWERS.relative_to(ROOT)}."]))


main()
