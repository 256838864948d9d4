"""What the scripts share: sessions in the accounts of a moto server. The server is where AWS_ENDPOINT_URL says."""

import json
import os
import urllib.request

import boto3

REGION = "us-east-1"


def session(keys):
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
        region_name=REGION,
    )


def administrator_keys(account):
    """Keys of an account. With enforcement off, moto gives them for the ARN of any role, made or not."""
    nobody = session({"AccessKeyId": "nobody", "SecretAccessKey": "nobody"})
    role = f"arn:aws:iam::{account}:role/administrator"
    return nobody.client("sts").assume_role(RoleArn=role, RoleSessionName="conformance")["Credentials"]


def administrator(account):
    return session(administrator_keys(account))


def enforce(on):
    """Switches moto's authorization: off after any number of calls, or on from the next one."""
    request = urllib.request.Request(
        os.environ["AWS_ENDPOINT_URL"] + "/moto-api/reset-auth",
        data=b"0" if on else b"inf",
        headers={"Content-Type": "text/plain"},
    )
    with urllib.request.urlopen(request) as response:
        response.read()


def save_snapshot(iam, file):
    """Writes what `aws iam get-account-authorization-details` would print."""
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["User", "Group", "Role", "LocalManagedPolicy"]
    )
    details = pages.build_full_result()
    text = json.dumps(details, indent=4, default=lambda time: time.isoformat())
    file.write_text(text + "\n", encoding="utf-8")


def answer(value):
    print(json.dumps(value, indent=2, default=str))
