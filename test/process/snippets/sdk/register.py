enrolment = kanda.register(
    client_id="user-123",
    label="alice@example.com",
    issuer="MyApp",
)
# Show <img src="{{ enrolment.qr_data_url.reveal() }}">, once. Store nothing.
