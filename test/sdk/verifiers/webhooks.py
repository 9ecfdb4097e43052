"""What the package standardwebhooks of PyPI makes of a message. Input: a JSON object; `signature` is left out to sign it."""

import json
import sys
from datetime import datetime, timezone

from standardwebhooks import Webhook, WebhookVerificationError

asked = json.load(sys.stdin)
webhook = Webhook(asked["secret"])
if "signature" not in asked:
    at = datetime.fromtimestamp(int(asked["timestamp"]), tz=timezone.utc)
    print(json.dumps({"signature": webhook.sign(asked["id"], at, asked["body"])}))
else:
    headers = {
        "webhook-id": asked["id"],
        "webhook-timestamp": asked["timestamp"],
        "webhook-signature": asked["signature"],
    }
    try:
        webhook.verify(asked["body"], headers)
        print(json.dumps({"taken": asked["id"]}))
    except WebhookVerificationError as error:
        print(json.dumps({"refused": str(error)}))
