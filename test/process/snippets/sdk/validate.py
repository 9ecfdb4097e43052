# form_key comes with the form, so a double click is one login.
def validate_2fa(client_id, token, form_key):
    return is_valid(
        kanda.validate(client_id=client_id, token=token, idempotency_key=form_key)
    )
