def rotate_totp(client_id):
    return kanda.rotate(client_id).qr_data_url.reveal()  # for <img src>
