"""What PyJWT and joserfc make of a receipt. Arguments: library, JWKS file, issuer, audience, receipt."""

import json
import sys

library, keys_file, issuer, audience, receipt = sys.argv[1:]
with open(keys_file, encoding="utf-8") as file:
    keys = json.load(file)


def with_pyjwt():
    import jwt

    kid = jwt.get_unverified_header(receipt)["kid"]
    key = jwt.PyJWKSet.from_dict(keys)[kid]
    return jwt.decode(
        receipt, key, algorithms=["EdDSA"], issuer=issuer, audience=audience, options={"require": ["exp", "sub"]}
    )


def with_joserfc():
    from joserfc import jwt
    from joserfc.jwk import KeySet

    token = jwt.decode(receipt, KeySet.import_key_set(keys), algorithms=["EdDSA"])
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
    ).validate(token.claims)
    return token.claims


try:
    print(json.dumps({"claims": {"PyJWT": with_pyjwt, "joserfc": with_joserfc}[library]()}))
except Exception as error:
    print(json.dumps({"refused": type(error).__name__}))
