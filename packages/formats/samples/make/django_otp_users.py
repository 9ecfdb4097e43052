"""Makes django-otp.json and django-otp.used.json: 50 users of a Django project with django-otp, on SQLite in memory.

    python -m venv v && v/bin/pip install django-otp==1.7.5 pyotp==2.12.1 && v/bin/python django_otp_users.py FOLDER
"""

import hashlib
import io
import json
import sys
import time

import django
import pyotp
from django.conf import settings

settings.configure(
    SECRET_KEY="sample",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django_otp",
        "django_otp.plugins.otp_totp",
        "django_otp.plugins.otp_hotp",
        "django_otp.plugins.otp_static",
    ],
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django_otp.plugins.otp_hotp.models import HOTPDevice  # noqa: E402
from django_otp.plugins.otp_static.models import StaticDevice  # noqa: E402
from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: E402

call_command("migrate", verbosity=0)
now = int(time.time()) // 30 * 30
used = {"at": now, "users": {}}


def base32(key_hex):
    return __import__("base64").b32encode(bytes.fromhex(key_hex)).decode()


for i in range(1, 51):
    user = User.objects.create_user(f"user{i:02}", f"user{i:02}@example.com")
    key = hashlib.sha1(f"kanda sample django {i}".encode()).hexdigest()
    told = {"type": "hotp" if i % 10 == 0 else "totp", "key": key, "confirmed": i % 11 != 0, "used": None}
    if told["type"] == "hotp":
        device = HOTPDevice.objects.create(user=user, name="token", key=key, confirmed=told["confirmed"])
        if i % 20 == 0:
            code = pyotp.HOTP(base32(key)).at(3)
            assert device.verify_token(code)
            told["used"] = {"code": code, "counter": 3}
    else:
        digits = 8 if i % 7 == 0 else 6
        device = TOTPDevice.objects.create(user=user, name="phone", key=key, digits=digits, confirmed=told["confirmed"])
        told["digits"] = digits
        if i % 2 == 0:
            # A phone whose clock is one step ahead, or right.
            step = now // 30 + (1 if i % 3 == 0 else 0)
            code = pyotp.TOTP(base32(key), digits=digits).generate_otp(step)
            device.throttle_reset()
            assert device.verify_token(code), i
            told["used"] = {"code": code, "step": step}
    if i % 5 == 0:
        static = StaticDevice.objects.create(user=user, name="backup", confirmed=True)
        told["codes"] = [f"backup{i:02}{n}" for n in "abc"]
        for code in told["codes"]:
            static.token_set.create(token=code)
        assert static.verify_token(told["codes"][0])
        told["spent"] = told["codes"].pop(0)
    used["users"][user.username] = told

out = io.StringIO()
call_command("dumpdata", "otp_totp", "otp_hotp", "otp_static", "auth.user", indent=1, stdout=out)
rows = json.loads(out.getvalue())
for row in rows:
    row["fields"].pop("password", None)
folder = sys.argv[1]
with open(f"{folder}/django-otp.json", "w") as file:
    json.dump(rows, file, indent=1)
    file.write("\n")
with open(f"{folder}/django-otp.used.json", "w") as file:
    json.dump(used, file, indent=1)
    file.write("\n")
