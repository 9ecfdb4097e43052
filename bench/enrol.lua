-- A new client with every request.
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN") }
local run = os.getenv("BENCH_RUN")
local qr = os.getenv("BENCH_QR")
local count = 0

request = function()
  count = count + 1
  return wrk.format("POST", "/api/totp/register", headers,
    '{"clientId":"' .. run .. "-" .. count .. '","label":"alice@example.com","issuer":"MyApp","qr":"' .. qr .. '"}')
end
