"""Runs the verify.sh of a kit as a customer does: with profiles, the AWS CLI and jq, against a moto server."""

import json
import os
import pathlib
import subprocess
import sys

from accounts import administrator_keys, enforce


class Kit:
    """A kit, and a folder for the profiles: acme-ACCOUNT for administrators, product for the user's key."""

    def __init__(self, folder, profiles, accounts, product):
        self.script = pathlib.Path(folder) / "verify.sh"
        keys = {f"acme-{account}": administrator_keys(account) for account in accounts} | {"product": product}
        lines = []
        for name, key in keys.items():
            lines += [f"[{name}]", f"aws_access_key_id={key['AccessKeyId']}", f"aws_secret_access_key={key['SecretAccessKey']}"]
            if "SessionToken" in key:
                lines.append(f"aws_session_token={key['SessionToken']}")
        self.secrets = [value for key in keys.values() for name, value in key.items() if name in ("SecretAccessKey", "SessionToken")]
        profiles = pathlib.Path(profiles)
        profiles.write_text("\n".join(lines) + "\n", encoding="utf-8")
        # pip put the AWS CLI beside this Python.
        path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "AWS_SHARED_CREDENTIALS_FILE": str(profiles)}

    def run(self, *arguments):
        """What it prints and its exit code."""
        done = subprocess.run(
            ["bash", str(self.script), *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.stderr or any(secret in done.stdout for secret in self.secrets):
            raise ValueError(f"{arguments}: {done.stderr or 'a secret is printed'}")
        return {"code": done.returncode, "said": done.stdout}

    def rows(self, *arguments):
        """The lines of its table, and its exit code."""
        done = self.run(*arguments, "--format", "json")
        return {"code": done["code"], "rows": json.loads(done["said"])["rows"]}

    def check(self, account=None):
        """Checks one account, or all."""
        return self.rows("--profiles", "acme-{account}", *(["--account", account] if account else []))

    def as_product(self, *arguments):
        """Runs it with the user's key, and with permissions judged."""
        enforce(True)
        try:
            return self.rows("--profile", "product", *arguments)
        finally:
            enforce(False)
