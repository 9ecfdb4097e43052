"""Enrols TOTP tokens with privacyIDEA's own library: reads [[serial, secret in hex], …] from the input."""

import json
import os
import sys

from privacyidea.app import create_app
from privacyidea.lib.token import init_token

app = create_app(config_name="production", config_file=os.environ["PRIVACYIDEA_CONFIGFILE"], silent=True)
with app.app_context():
    for serial, secret in json.load(sys.stdin):
        init_token({"type": "totp", "serial": serial, "otpkey": secret})
