"""The handler of an intermediary: starts one durable execution for each record of a queue or a stream.

An execution is named after its record, so a record that is delivered again finds the execution that it started
before and starts no second one. This file is deployed as it is, alone: it may import what Lambda's runtime has.
"""

import hashlib
import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

STARTS_AT_ONCE = 10
# These differ each time that SQS delivers a message; with them it would be another execution's input.
OF_THE_DELIVERY = ("ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp")

LOG = logging.getLogger()
Record = dict[str, Any]

client = boto3.client(
    "lambda",
    config=Config(max_pool_connections=STARTS_AT_ONCE, retries={"mode": "standard", "total_max_attempts": 5}),
)


def handler(event: dict[str, list[Record]], _context: object) -> dict[str, list[dict[str, str]]]:
    """Start the executions, and report the records that none could be started for: they are delivered again."""
    records = event["Records"]
    if any(record.get("eventSourceARN", "").endswith(".fifo") for record in records):
        failed = in_order(records)
    else:
        with ThreadPoolExecutor(STARTS_AT_ONCE) as pool:
            started = list(pool.map(start, records))
        failed = [record for record, done in zip(records, started, strict=True) if not done]
    return {"batchItemFailures": [{"itemIdentifier": identifier(record)} for record in failed]}


def in_order(records: list[Record]) -> list[Record]:
    """Start one after the other; after one that fails, its message group waits until it is delivered again."""
    failed: list[Record] = []
    waiting: set[str] = set()
    for record in records:
        group = record["attributes"]["MessageGroupId"]
        if group in waiting or not start(record):
            waiting.add(group)
            failed.append(record)
    return failed


def start(record: Record) -> bool:
    """Start the record's execution; False, and a line in the log, if that failed."""
    name = execution_name(record)
    try:
        client.invoke(
            FunctionName=os.environ["TARGET_ARN"],
            InvocationType="Event",
            DurableExecutionName=name,
            Payload=json.dumps(payload(record), sort_keys=True, allow_nan=False),
        )
    except client.exceptions.DurableExecutionAlreadyStartedException:
        pass  # It is this record's own, from an earlier delivery.
    # One record must not fail the others.
    except Exception as error:
        LOG.error("execution %s not started: %s", name, error)
        return False
    return True


def payload(record: Record) -> Any:
    """Return the execution's event: the message's own body, or the record as its source would deliver it."""
    if os.environ["BODY_AS_EVENT"] == "true":
        return json.loads(record["body"])
    kept = {key: value for key, value in record.items() if key != "receiptHandle"}
    if "attributes" in kept:
        kept["attributes"] = {
            key: value for key, value in kept["attributes"].items() if key not in OF_THE_DELIVERY
        }
    return {"Records": [kept]}


def execution_name(record: Record) -> str:
    """Return a message's id; a stream record's has other characters and is hashed."""
    if "messageId" in record:
        return str(record["messageId"])
    return hashlib.sha256(f"{record['eventSourceARN']} {record['eventID']}".encode()).hexdigest()


def identifier(record: Record) -> str:
    """Return the name by which the record's source knows it."""
    if "messageId" in record:
        return str(record["messageId"])
    if "kinesis" in record:
        return str(record["kinesis"]["sequenceNumber"])
    return str(record["dynamodb"]["SequenceNumber"])
