#!/usr/bin/env python3
"""A function in Python that uses the same services as ours: it imports boto3, creates clients, and asks for its first event.

It is its own runtime, because that of AWS is not available outside of AWS. So the measured time includes the imports and the
clients, but not AWS's runtime.
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
