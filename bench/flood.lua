-- Wrong codes for one client after the other of one account, as fast as the server takes them.
local clients = tonumber(os.getenv("BENCH_CLIENTS"))
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN") }
local client = 0

request = function()
  client = (client + 1) % clients
  local code = string.format("%06d", math.random(0, 999999))
  return wrk.format("POST", "/api/totp/validate", headers, '{"clientId":"client-' .. client .. '","token":"' .. code .. '"}')
end
