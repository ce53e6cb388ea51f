-- May this company make one call now?  All or nothing: a hold and a token of each bucket, or neither.
--
-- KEYS  1 pause (hash: until, reason)
--       2 holds (sorted set: holder, scored with the second its hold ends)
--       3 since (hash: holder -> second it first came in)
--       4 prepaid (set: holders whose next call is paid for)
--       5 buckets (hash: minute, minute_at, second, second_at; never expires: where it is not there,
--         Redis was emptied, or the company is new, and nobody knows who called a moment ago)
-- ARGV  1 holder
--       2 in flight: most holders at a time
--       3 hold: seconds until an abandoned hold ends by itself
--       4 busy: seconds worth waiting when every place is taken
--       5, 6 minute bucket: size, tokens a second
--       7, 8 second bucket: size, tokens a second
--       9 now, in seconds; empty = this server's clock
--       10 "take", or "ask" to only be told
-- Returns {admitted 1 or 0, milliseconds until worth asking again, "" | "paused" | "busy" | "rate",
--          reason of the pause}
--
-- A holder that comes again renews its hold and pays again: two calls are two tokens.

local now = tonumber(ARGV[9])
if not now then
  local time = redis.call("TIME")
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local holder, in_flight, hold = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local paused = redis.call("HMGET", KEYS[1], "until", "reason")
if paused[1] and tonumber(paused[1]) > now then
  return { 0, math.ceil((tonumber(paused[1]) - now) * 1000), "paused", paused[2] or "" }
end

-- Holders that died: their holds have ended.
for _, gone in ipairs(redis.call("ZRANGEBYSCORE", KEYS[2], "-inf", now)) do
  redis.call("ZREM", KEYS[2], gone)
  redis.call("HDEL", KEYS[3], gone)
  redis.call("SREM", KEYS[4], gone)
end
local known = redis.call("ZSCORE", KEYS[2], holder)
if not known and redis.call("ZCARD", KEYS[2]) >= in_flight then
  return { 0, math.ceil(tonumber(ARGV[4]) * 1000), "busy", "" }
end

local function filled(name, size, rate)
  local stored = redis.call("HMGET", KEYS[5], name, name .. "_at")
  local level, at = tonumber(stored[1]), tonumber(stored[2])
  if not level or not at then
    redis.call("HSET", KEYS[5], name, "0", name .. "_at", string.format("%.17g", now))
    return 0
  end
  return math.min(size, level + math.max(0, now - at) * rate)
end
local minute_size, minute_rate = tonumber(ARGV[5]), tonumber(ARGV[6])
local second_size, second_rate = tonumber(ARGV[7]), tonumber(ARGV[8])
local minute, second = filled("minute", minute_size, minute_rate), filled("second", second_size, second_rate)
-- A hair under one is one: thirds of a second do not add up to whole tokens in binary.
local whole = 1 - 1e-6
if minute < whole or second < whole then
  local wait = math.max((1 - minute) / minute_rate, (1 - second) / second_rate)
  return { 0, math.ceil(wait * 1000), "rate", "" }
end

if ARGV[10] == "ask" then
  return { 1, 0, "", "" }
end

-- %.17g: Lua's own tostring would round the level and the clock.
local function exact(number)
  return string.format("%.17g", number)
end
redis.call("HSET", KEYS[5],
  "minute", exact(minute - 1), "minute_at", exact(now),
  "second", exact(second - 1), "second_at", exact(now))
redis.call("ZADD", KEYS[2], exact(now + hold), holder)
redis.call("HSETNX", KEYS[3], holder, exact(now))
redis.call("SADD", KEYS[4], holder)
-- None of these is worth keeping once every hold has ended.
for _, key in ipairs({ KEYS[2], KEYS[3], KEYS[4] }) do
  redis.call("EXPIRE", key, math.ceil(math.max(hold, 60) * 2))
end
return { 1, 0, "", "" }
