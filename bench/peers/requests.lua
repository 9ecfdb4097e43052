-- Replays the requests of a file, each of them once as long as there are enough, and counts the answers that accept.
local accepts = os.getenv("BENCH_ACCEPTS")
local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
local requests = {}
for request in file:read("*a"):gmatch("[^\30]+") do requests[#requests + 1] = request end
file:close()

local threads = {}
local position = 0
accepted = 0

function setup(thread) threads[#threads + 1] = thread end

function request()
  position = position % #requests + 1
  return requests[position]
end

function response(status, headers, body)
  if status == 200 and body:find(accepts, 1, true) then accepted = accepted + 1 end
end

function done(summary)
  local count = 0
  for _, thread in ipairs(threads) do count = count + thread:get("accepted") end
  print(string.format("Accepted: %d of %d", count, summary.requests))
end
