#!/usr/bin/env python3
"""Recomputes docs/capacity.md: what a rate needs, and what a million orders cost. Only the standard library.

    infra/capacity.py                    the tables of docs/capacity.md
    infra/capacity.py rate=3000 batch=10 ...    one setting, every number
    infra/capacity.py --check            whether docs/capacity.md says what this says

Prices are list prices of us-east-1 without the free tier, in dollars; what was not found in AWS's own pages is marked so
in docs/capacity.md. How often a thing is called is counted from the code (see the comments), how long it takes is a setting.
"""
import math
import pathlib
import sys

PRICE = dict(
    sqs=0.40e-6, sqs_fair=0.10e-6, sqs_chunk=64 * 1024,
    invocation=0.20e-6, gb_second=dict(arm64=0.0000133334, x86_64=0.0000166667),
    write=0.625e-6, read=0.125e-6,
    s3_put=5e-6, s3_get=0.4e-6, s3_gb=0.023,
    api=1.00e-6, log_gb=0.50, firehose_gb=0.029, secret=0.05e-4, egress_gb=0.09, sns_mail=2e-5,
    poller_hour=0.00925,
)

SETTING = dict(
    rate=3000,           # orders a second
    events=4,            # deliveries of an order
    told=3,              # of these lead to a message to the shop; one more tells the order's result
    mails=0.02,          # emails of an order
    batch=10,            # messages of an invocation
    send_batch=10,       # messages of a call of the shop's
    memory=256, arch="arm64",
    carrier_s=0.5,       # a carrier's answer
    shop_s=0.1,          # the shop's
    overhead_s=0.040,    # a batch's own time around them: ledger, journal, lingering
    translate_s=0.045,   # a batch of deliveries
    webhook_s=0.020,     # one delivery
    message=2048, order_kb=1.2, entry_kb=1.0, parcel_kb=0.5, event_kb=0.7,   # in the ledger, compressed
    exchange_kb=1.5,     # of the journal, compressed
    log_bytes=400,       # of a line
    journal=True,        # full exchanges are kept
    rides=True,          # a delivery's entry of the journal travels with its message
    url=False,           # function URL instead of the HTTP API: neither throttle nor access log
    fair=True,           # message groups
)


def model(**changes):
    """Calls, concurrency and dollars of a setting."""
    s = dict(SETTING, **changes)
    unknown = set(changes) - set(SETTING)
    if unknown:
        sys.exit(f"no such setting: {', '.join(sorted(unknown))}; there are: {', '.join(SETTING)}")
    p, b = PRICE, s["batch"]
    units = lambda kb: max(1, math.ceil(kb))
    chunks = lambda n: max(1, math.ceil(n * s["message"] / p["sqs_chunk"]))
    actions = 1 + s["told"]
    # Sends of one batch are gathered into calls of ten; deliveries come one at a time.
    sqs = 0
    for messages, sent in ((1, s["send_batch"]), (s["events"], 1), (actions, b)):
        sqs += messages * (chunks(sent) / sent + chunks(b) / b + 1 / b)
    invocations = dict(
        webhook=s["events"], dispatcher=1 / b, translator=s["events"] / b, actor=actions / b,
    )
    seconds = dict(
        webhook=s["webhook_s"], dispatcher=s["carrier_s"] + s["overhead_s"],
        translator=s["translate_s"], actor=s["shop_s"] + s["overhead_s"],
    )
    # The ledger, in write units. A transaction counts double, a row of the index one more for each time that it changes.
    first = 2 * (units(s["entry_kb"]) + units(s["order_kb"])) + 1          # order and entry, before the first byte leaves
    reply = 2 * (units(s["entry_kb"]) + units(s["parcel_kb"]) + 2) + 2     # entry, parcel and its two names
    ended = units(s["entry_kb"]) + 1                                       # what follows has been sent
    event = 2 * (units(s["event_kb"]) + units(s["parcel_kb"])) + 2 + units(s["event_kb"])
    writes = first + reply + ended + s["events"] * event
    exchanges = (1 + actions + s["events"]) if s["journal"] else 0
    writes += exchanges * 2                                                # where each is, by name and by order
    reads = 2 + 3 * s["events"] + exchanges * 0                            # strongly consistent, one unit each
    # The journal: a file for what is written at about the same time.
    files = 0
    if s["journal"]:
        files = 1 / b + actions / b + (s["events"] / b if s["rides"] else s["events"])
    lines = 1 + actions + s["events"]
    log_gb = (lines * s["log_bytes"] + sum(invocations.values()) * 600) / 2**30
    gb_s = p["gb_second"][s["arch"]] * s["memory"] / 1024
    cost = dict(
        SQS=sqs * (p["sqs"] + (p["sqs_fair"] if s["fair"] else 0)),
        Lambda=sum(n * (p["invocation"] + seconds[f] * gb_s) for f, n in invocations.items()),
        ledger=writes * p["write"] + reads * p["read"],
        journal=files * p["s3_put"] + exchanges * s["exchange_kb"] / 2**20 * p["s3_gb"] * 3,
        API=0 if s["url"] else s["events"] * p["api"],
        logs=log_gb * (p["log_gb"] + p["firehose_gb"]),
        rest=(1 + actions) * 2 * 1024 / 2**30 * p["egress_gb"] + s["mails"] * p["sns_mail"],
    )
    concurrency = {f: s["rate"] * n * seconds[f] for f, n in invocations.items()}
    ramp = max(0, concurrency["dispatcher"] - 5) / 300 * 60
    return dict(
        setting=s, sqs=sqs, invocations=invocations, seconds=seconds, writes=writes, reads=reads, files=files, log_gb=log_gb,
        cost={k: v * 1e6 for k, v in cost.items()}, total=sum(cost.values()) * 1e6,
        concurrency=concurrency, ramp_s=ramp, one_dispatcher_s=b / seconds["dispatcher"],
        writes_s=s["rate"] * writes, reads_s=s["rate"] * reads, deliveries_s=s["rate"] * s["events"],
    )


CASES = [
    ("as deployed, full batches", {}),
    ("without the journal", dict(journal=False)),
    ("deliveries' journal not riding", dict(rides=False)),
    ("function URL instead of the HTTP API", dict(url=True)),
    ("batches of 1", dict(batch=1, send_batch=1)),
    ("128 MB", dict(memory=128)),
    ("a carrier that takes 2 s", dict(carrier_s=2.0)),
    ("one delivery an order", dict(events=1, told=1)),
]


def tables():
    names = ["SQS", "Lambda", "ledger", "journal", "API", "logs", "rest"]
    lines = ["| setting | " + " | ".join(names) + " | total |", "|---|" + "---|" * (len(names) + 1)]
    for title, changes in CASES:
        m = model(**changes)
        lines.append(f"| {title} | " + " | ".join(f"{m['cost'][n]:.2f}" for n in names) + f" | **{m['total']:.2f}** |")
    lines += ["", "| at 3,000 orders/s | as deployed | a carrier that takes 2 s | one delivery an order |", "|---|---|---|---|"]
    shown = [model(), model(carrier_s=2.0), model(events=1, told=1)]
    rows = [(f"concurrency of the {f}", lambda m, f=f: f"{m['concurrency'][f]:,.0f}") for f in ("dispatcher", "webhook", "translator", "actor")]
    rows += [
        ("concurrency in all", lambda m: f"{sum(m['concurrency'].values()):,.0f}"),
        ("from nothing to all of the dispatcher, without provisioned pollers", lambda m: f"{m['ramp_s']:,.0f} s"),
        ("writes a second of the ledger", lambda m: f"{m['writes_s']:,.0f}"),
        ("reads a second of the ledger", lambda m: f"{m['reads_s']:,.0f}"),
        ("deliveries a second", lambda m: f"{m['deliveries_s']:,.0f}"),
    ]
    lines += [f"| {title} | " + " | ".join(of(m) for m in shown) + " |" for title, of in rows]
    return "\n".join(lines) + "\n"


def main():
    page = pathlib.Path(__file__).parent.parent / "docs/capacity.md"
    args = sys.argv[1:]
    if args == ["--check"]:
        if tables() not in page.read_text():
            sys.exit(f"{page} does not say what infra/capacity.py says: put its tables there")
    elif args:
        changes = {}
        for arg in args:
            name, _, value = arg.partition("=")
            kind = type(SETTING.get(name, ""))
            changes[name] = value == "true" if kind is bool else kind(value)
        for name, value in model(**changes).items():
            print(f"{name}: {value}")
    else:
        print(tables(), end="")


if __name__ == "__main__":
    main()
