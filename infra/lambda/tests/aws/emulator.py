"""Runs ministack with three corrections, and writes down every action that a role was seen to use.

1. AWS authorises the batch calls of SQS as the single ones.
2. Policies that ask for TLS are there to stay, and this machine's loopback has none.
3. What an identity asks for is written to the file that OBSERVED names: one JSON array a line.
"""
import json
import os

from ministack.core import iam_evaluator

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

observed = open(os.environ["OBSERVED"], "a", buffering=1)
seen = set()
enforce = iam_evaluator.enforce
origin = iam_evaluator.pin_request_origin


def enforce_and_write_down(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
    action = BATCHES.get(iam_action, iam_action)
    denied = enforce(access_key_id, action, service, region, resource_arn=resource_arn, service_context=service_context)
    try:
        principal = iam_evaluator.resolve_principal(access_key_id or "", "000000000000", None)
        who = getattr(principal, "arn", "?")
    except Exception as error:  # what cannot be named is still written down
        who = f"? {type(error).__name__}"
    line = (who, action, resource_arn, denied is None)
    if line not in seen:
        seen.add(line)
        observed.write(json.dumps(line) + "\n")
    return denied


iam_evaluator.enforce = enforce_and_write_down
iam_evaluator.pin_request_origin = lambda source_ip, secure_transport: origin(source_ip, True)

from ministack.app import main  # noqa: E402

main()
