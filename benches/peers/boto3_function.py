#!/usr/bin/env python3
"""A function in Python that needs what ours need of AWS: imports boto3, makes clients, asks for its first event.

A custom runtime in place of AWS's own, which is not to be had outside of AWS; so only the time of the imports and of the
clients is in it, and not that of AWS's runtime.
"""

import os
import sys
import urllib.request

import boto3

clients = [boto3.client(name, region_name="us-east-1") for name in ("s3", "dynamodb")]
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{api}/next") as event:
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
        event.read()
    answer = urllib.request.Request(f"{api}/{request_id}/response", data=b"{}", method="POST")
    urllib.request.urlopen(answer).read()
    sys.stdout.flush()
