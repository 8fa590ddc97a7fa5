"""Prints template.yaml as JSON, with the serverless resources expanded as CloudFormation sees them.

Intrinsic functions (Ref, Sub, …) stay; the reader resolves them.
"""

import json
import os
import sys
from pathlib import Path

# The library needs a region, although the expansion sends no request.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader

ROOT = Path(__file__).resolve().parent.parent

template = yaml_parse((ROOT / "template.yaml").read_text())
validator = SamTemplateValidator(template, ManagedPolicyLoader(None))
json.dump(yaml_parse(validator.get_translated_template_if_valid()), sys.stdout, indent=1, sort_keys=True)
