-- Wrong codes for clients in an order that has no locality: a step coprime to their number.
local clients = tonumber(os.getenv("BENCH_CLIENTS"))
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN") }
local client = tonumber(os.getenv("BENCH_FROM") or "0")

math.randomseed(os.time())

request = function()
  client = (client + 7919) % clients
  local code = string.format("%06d", math.random(0, 999999))
  return wrk.format("POST", "/api/totp/validate", headers, '{"clientId":"client-' .. client .. '","token":"' .. code .. '"}')
end
