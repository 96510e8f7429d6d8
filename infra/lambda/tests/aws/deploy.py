"""Deploys the template to an emulator, and makes the people who use it. Prints one JSON object."""
import io
import json
import os
import re
import sys
import time
import zipfile

import boto3

TEMPLATE, BOOTSTRAP, STACK = sys.argv[1:4]
SETTINGS = json.loads(sys.argv[4])
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


def client(service):
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


def package():
    with open(BOOTSTRAP, "rb") as binary:
        code = binary.read()
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as file:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        file.writestr(entry, code)
    s3 = client("s3")
    s3.create_bucket(Bucket="artifacts")
    s3.put_object(Bucket="artifacts", Key="bootstrap.zip", Body=into.getvalue())
    with open(TEMPLATE) as file:
        text = file.read()
    text = text.replace("CodeUri: ../target/lambda/crossdock", "CodeUri: s3://artifacts/bootstrap.zip")
    # The emulator takes numbers of parameters for texts.
    text = re.sub(r"MaximumConcurrency: !Ref \w+Concurrency", "MaximumConcurrency: 10", text)
    # A test does not wait for six times a minute until what was lost comes again.
    text = text.replace("VisibilityTimeout: 360", f"VisibilityTimeout: {SETTINGS['visibility']}")
    text = text.replace("Timeout: 60\n", f"Timeout: {SETTINGS['timeout']}\n")
    variables = "".join(f"        {name}: {json.dumps(value)}\n" for name, value in SETTINGS["variables"].items())
    text = text.replace("        CROSSDOCK_LOG: !Ref LogLevel\n", "        CROSSDOCK_LOG: !Ref LogLevel\n" + variables)
    s3.put_object(Bucket="artifacts", Key="template.yaml", Body=text)


def deploy():
    stacks = client("cloudformation")
    stacks.create_stack(
        StackName=STACK,
        TemplateURL=f"{ENDPOINT}/artifacts/template.yaml",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": "Architecture", "ParameterValue": "x86_64"}],
    )
    for _ in range(120):
        stack = stacks.describe_stacks(StackName=STACK)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            break
        time.sleep(0.25)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        events = stacks.describe_stack_events(StackName=STACK)["StackEvents"]
        failed = [(e["LogicalResourceId"], e.get("ResourceStatusReason")) for e in events if "FAILED" in e["ResourceStatus"]]
        sys.exit(f"the stack is {stack['StackStatus']}: {stack.get('StackStatusReason')} {failed}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def person(name, policy):
    iam = client("iam")
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


def listen(topic):
    """A queue that hears what a topic says."""
    sqs, sns = client("sqs"), client("sns")
    url = sqs.create_queue(QueueName=topic)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=f"arn:aws:sns:us-east-1:000000000000:{topic}", Protocol="sqs", Endpoint=arn)
    return url


package()
outputs = deploy()
secrets = client("secretsmanager")
for name, values in SETTINGS["secrets"].items():
    secrets.create_secret(Name=f"{STACK}/{name}", SecretString=json.dumps(values))
api = outputs["PublicUrl"].split("//")[1].split(".")[0]
people = {
    "shop": person("shop", outputs["ProducerPolicyArn"]),
    "publisher": person("publisher", outputs["PublisherPolicyArn"]),
    "operator": person("operator", outputs["OperatorPolicyArn"]),
}
print(json.dumps({
    "outputs": outputs,
    "api": api,
    "people": people,
    "logistics": listen(f"{STACK}-logistics"),
    "developers": listen(f"{STACK}-developers"),
}))
