"""Gives a secret of the emulator other values, as whoever changes a carrier's key does."""
import sys

import boto3

name, values = sys.argv[1:3]
client = boto3.client("secretsmanager", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
client.put_secret_value(SecretId=name, SecretString=values)
