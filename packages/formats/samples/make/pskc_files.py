"""Makes pskc-plain.xml, pskc-key.xml and pskc-password.xml with python-pskc: the keys of RFC 6238, appendix B.

    python -m venv v && v/bin/pip install python-pskc==1.4 && v/bin/python pskc_files.py FOLDER
"""

import sys

from pskc import PSKC

SEED = b"1234567890" * 7


def container():
    pskc = PSKC()
    pskc.add_key(
        id="T1", serial="T1", manufacturer="Example", issuer="Example Bank", secret=SEED[:20], time_interval=30, time_drift=-2,
        algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp", response_length=8, response_encoding="DECIMAL", algorithm_suite="HMAC-SHA1",
        friendly_name="alice@example.com", key_userid="CN=alice",
    )
    pskc.add_key(
        id="T2", serial="T2", manufacturer="Example", secret=SEED[:32], time_interval=60,
        algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp", response_length=6, response_encoding="DECIMAL", algorithm_suite="HMAC-SHA256",
    )
    pskc.add_key(
        id="H1", serial="H1", manufacturer="Example", secret=SEED[:20], counter=42,
        algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp", response_length=6, response_encoding="DECIMAL",
    )
    return pskc


folder = sys.argv[1]
plain = container()
plain.write(f"{folder}/pskc-plain.xml")
key = container()
key.encryption.setup_preshared_key(key=bytes.fromhex("12345678901234567890123456789012"), key_name="Pre-shared-key", fields=["secret"])
key.write(f"{folder}/pskc-key.xml")
password = container()
password.encryption.setup_pbkdf2("qwerty", fields=["secret"])
password.write(f"{folder}/pskc-password.xml")
