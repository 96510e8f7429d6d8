"""Invokes a function of the emulator with an event, as the clock and alarms do."""
import sys

import boto3

name, event = sys.argv[1:3]
answer = boto3.client(
    "lambda", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
).invoke(FunctionName=name, Payload=event.encode())
body = answer["Payload"].read().decode()
if answer.get("FunctionError"):
    sys.exit(f"{name}: {body}")
print(body)
