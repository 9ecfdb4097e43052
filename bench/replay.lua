-- Replays the requests of a file, from the beginning again only when there are too few, and counts the answers
-- with status 200 in which a text stands.
local wanted = os.getenv("BENCH_COUNTED")
local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
local requests = {}
for request in file:read("*a"):gmatch("[^\30]+") do requests[#requests + 1] = request end
file:close()

local threads = {}
local position = 0
counted = 0

function setup(thread) threads[#threads + 1] = thread end

function request()
  position = position % #requests + 1
  return requests[position]
end

function response(status, headers, body)
  if status == 200 and body:find(wanted, 1, true) then counted = counted + 1 end
end

function done(summary)
  local count = 0
  for _, thread in ipairs(threads) do count = count + thread:get("counted") end
  print(string.format("Counted: %d of %d", count, summary.requests))
end
