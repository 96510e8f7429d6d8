"""A queue with dead letters, and an alarm on these, on the second emulator. Prints one JSON object."""
import json
import sys

import boto3

alarm = json.loads(sys.argv[1])


def client(service):
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


sqs, sns, cloudwatch = client("sqs"), client("sns"), client("cloudwatch")


def queue(name, **attributes):
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


dead, dead_arn = queue("orders-dead")
policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "1"})
orders, _ = queue("orders", VisibilityTimeout="0", RedrivePolicy=policy)
listener, listener_arn = queue("listener")
topic = sns.create_topic(Name="alarms")["TopicArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=listener_arn)
cloudwatch.put_metric_alarm(
    AlarmName="orders-dead-letters",
    Dimensions=[{"Name": "QueueName", "Value": "orders-dead"}],
    AlarmActions=[topic],
    **alarm,
)
print(json.dumps({"orders": orders, "dead": dead, "listener": listener}))
