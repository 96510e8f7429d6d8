"""What the template grants, and where it is not as ours must be. Prints one JSON object."""
import json
import sys

from cfnlint.decode import cfn_yaml

template = cfn_yaml.load(sys.argv[1])
resources = template["Resources"]


def of(kind):
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


def many(value):
    return value if isinstance(value, list) else [value]


def statements(document):
    return many(document["Statement"])


problems = []
granted = {}
for name, role in of("AWS::IAM::Role").items():
    actions = granted.setdefault(name, [])
    if role.get("ManagedPolicyArns"):
        problems.append(f"{name}: policies are written out, not borrowed")
    for policy in role.get("Policies", []):
        for statement in statements(policy["PolicyDocument"]):
            actions += many(statement["Action"])
            for resource in many(statement["Resource"]):
                if resource == "*":
                    problems.append(f"{name}: `*` is no resource")
for name, policy in of("AWS::IAM::ManagedPolicy").items():
    actions = granted.setdefault(name, [])
    for statement in statements(policy["PolicyDocument"]):
        actions += many(statement["Action"])
        if "*" in many(statement["Resource"]):
            problems.append(f"{name}: `*` is no resource")
for name, actions in granted.items():
    problems += [f"{name}: `{action}` is no exact action" for action in actions if "*" in action]

functions = of("AWS::Serverless::Function")
roles = [json.dumps(f["Role"]) for f in functions.values()]
if len(functions) != 6 or len(set(roles)) != 6:
    problems.append("six functions, a role each")
watched = {json.dumps(a.get("Dimensions", [{}])[0].get("Value")) for a in of("AWS::CloudWatch::Alarm").values()}
for name, function in functions.items():
    if json.dumps({"Ref": name}) not in watched:
        problems.append(f"{name}: nobody is told of its errors")
    if "LogGroup" not in function.get("LoggingConfig", {}):
        problems.append(f"{name}: its log has no group of its own")
    for event in function.get("Events", {}).values():
        if event["Type"] == "SQS" and event["Properties"].get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            problems.append(f"{name}: a batch fails as a whole")
for name, queue in of("AWS::SQS::Queue").items():
    dead = name.endswith("DeadQueue")
    if not queue.get("SqsManagedSseEnabled"):
        problems.append(f"{name}: not encrypted")
    if dead and (queue["MessageRetentionPeriod"] != 1209600 or "RedriveAllowPolicy" not in queue):
        problems.append(f"{name}: kept too short, or open to any queue")
    if not dead and (queue["MessageRetentionPeriod"] >= 1209600 or "RedrivePolicy" not in queue):
        problems.append(f"{name}: kept longer than its dead letters, or without them")
    if not dead and queue["VisibilityTimeout"] < 6 * max(f["Timeout"] for f in functions.values() if "Events" in f and any(e["Type"] == "SQS" for e in f["Events"].values())):
        problems.append(f"{name}: seen again while it may be worked on")
    if json.dumps({"Fn::GetAtt": [name, "QueueName"]}) not in watched:
        problems.append(f"{name}: nobody watches it")
for name, bucket in of("AWS::S3::Bucket").items():
    block = bucket.get("PublicAccessBlockConfiguration", {})
    if not all(block.get(key) for key in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")):
        problems.append(f"{name}: may become public")
    if "BucketEncryption" not in bucket or "LifecycleConfiguration" not in bucket:
        problems.append(f"{name}: not encrypted, or kept for ever")
    if bucket.get("VersioningConfiguration", {}).get("Status") != "Enabled":
        problems.append(f"{name}: without versions")
for name, group in of("AWS::Logs::LogGroup").items():
    if "RetentionInDays" not in group:
        problems.append(f"{name}: kept for ever")
for name, table in of("AWS::DynamoDB::Table").items():
    if not table["SSESpecification"]["SSEEnabled"] or not table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]:
        problems.append(f"{name}: not encrypted, or without recovery")
    if not table.get("DeletionProtectionEnabled"):
        problems.append(f"{name}: deleted with a slip of the hand")

dead = of("AWS::CloudWatch::Alarm")["OrdersDeadAlarm"]
told = ("Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator", "TreatMissingData")
alarm = {name: dead[name] for name in told}
print(json.dumps({"dead_alarm": alarm, "granted": {name: sorted(set(a)) for name, a in granted.items()}, "problems": problems}))
