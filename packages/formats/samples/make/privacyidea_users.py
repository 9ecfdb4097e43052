"""Makes privacyidea.pskc.xml, .csv, .yaml and .used.json: 50 users of privacyIDEA with a token each.

    python -m venv v && v/bin/pip install privacyidea==3.11.1 pyotp==2.12.1 && v/bin/python privacyidea_users.py FOLDER

The files are what `pi-tokenjanitor find export` and `privacyidea-token-janitor find` print, without their banner.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time

folder = os.path.abspath(sys.argv[1])
work = tempfile.mkdtemp()
with open(f"{work}/users", "w") as file:
    for i in range(1, 51):
        file.write(f"user{i:02}:x:{1000 + i}:1000:User {i}:/:/bin/false\n")
with open(f"{work}/pi.cfg", "w") as file:
    file.write(
        f"SUPERUSER_REALM = ['super']\nSQLALCHEMY_DATABASE_URI = 'sqlite:///{work}/pi.db'\nSECRET_KEY = 'sample'\n"
        f"PI_PEPPER = 'sample'\nPI_ENCFILE = '{work}/enckey'\nPI_AUDIT_NO_SIGN = True\nPI_LOGFILE = '{work}/log'\n"
    )
os.environ["PRIVACYIDEA_CONFIGFILE"] = f"{work}/pi.cfg"
bin_folder = os.path.dirname(sys.executable)
for command in (["create_enckey"], ["create_tables"]):
    subprocess.run([f"{bin_folder}/pi-manage", "setup", *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

from privacyidea.app import create_app  # noqa: E402

app = create_app(config_name="production", config_file=f"{work}/pi.cfg", silent=True)
with app.app_context():
    from privacyidea.lib.realm import set_realm
    from privacyidea.lib.resolver import save_resolver
    from privacyidea.lib.token import check_serial_pass, init_token
    from privacyidea.lib.user import User

    import pyotp

    save_resolver({"resolver": "sample", "type": "passwdresolver", "fileName": f"{work}/users"})
    set_realm("example", [{"name": "sample"}])
    at = int(time.time()) // 30 * 30
    used = {"at": at, "users": {}}
    for i in range(1, 51):
        hash_name = {0: "sha256", 1: "sha512"}.get(i % 8, "sha1")
        digest = getattr(hashlib, hash_name)
        key = digest(f"kanda sample privacyidea {i}".encode()).hexdigest()
        kind = "hotp" if i % 10 == 0 else "totp"
        digits = 8 if i % 7 == 0 else 6
        period = 60 if i % 9 == 0 else 30
        told = {"serial": f"SAMPLE{i:04}", "type": kind, "key": key, "hash": hash_name, "digits": digits, "period": period, "used": None}
        parameters = {"serial": told["serial"], "type": kind, "otpkey": key, "otplen": digits, "hashlib": hash_name}
        if kind == "totp":
            parameters["timeStep"] = period
        init_token(parameters, user=User(f"user{i:02}", realm="example"))
        secret = base64.b32encode(bytes.fromhex(key)).decode()
        if i % 2 == 0:
            if kind == "hotp":
                code, told["used"] = pyotp.HOTP(secret, digits=digits, digest=digest).at(2), {"counter": 2}
            else:
                # Every third phone of those is one step ahead.
                step = at // period + (1 if i % 3 == 0 else 0)
                code, told["used"] = pyotp.TOTP(secret, digits=digits, digest=digest, interval=period).generate_otp(step), {"step": step}
            told["used"]["code"] = code
            accepted, answer = check_serial_pass(told["serial"], code)
            assert accepted, (i, answer)
        used["users"][f"user{i:02}"] = told


used["key"] = None
for format_name, suffix in (("pskc", "pskc.xml"), ("csv", "csv"), ("yaml", "yaml")):
    # pi-tokenjanitor 3.11.1 prints "{key}" in place of the key of its PSKC file, so that one is made by its older command.
    old = {"pskc": ["find", "--action", "export"]}.get(format_name)
    command = [f"{bin_folder}/privacyidea-token-janitor", *old] if old else [f"{bin_folder}/pi-tokenjanitor", "find", "export", "--format", format_name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    # It prints a banner first.
    start = {"pskc": "<keycontainer", "csv": "user", "yaml": "- "}[format_name]
    text = done.stdout[done.stdout.lower().index(start):]
    with open(f"{folder}/privacyidea.{suffix}", "w") as file:
        file.write(f"{text.strip()}\n")
    if format_name == "pskc":
        used["key"] = re.search(r"\b([0-9a-f]{32})\b", done.stderr + done.stdout)[1]
with open(f"{folder}/privacyidea.used.json", "w") as file:
    json.dump(used, file, indent=1)
    file.write("\n")
