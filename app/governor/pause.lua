-- Let nobody of this company call for a while. A pause is never shortened by another one.
--
-- KEYS  1 pause (hash: until, reason)
-- ARGV  1 seconds, 2 reason, 3 now in seconds; empty = this server's clock
-- Returns milliseconds until the pause in force ends

local now = tonumber(ARGV[3])
if not now then
  local time = redis.call("TIME")
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local ends = now + tonumber(ARGV[1])
local before = tonumber(redis.call("HGET", KEYS[1], "until") or "0")
if ends > before then
  redis.call("HSET", KEYS[1], "until", string.format("%.17g", ends), "reason", ARGV[2])
  redis.call("EXPIRE", KEYS[1], math.ceil(tonumber(ARGV[1])) + 60)
  before = ends
end
return math.ceil((before - now) * 1000)
