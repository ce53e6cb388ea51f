-- Count one call that was made.
--
-- KEYS  1 recent (sorted set: one member a call of the last minute, scored with its second)
--       2 meter (hash: metered, free; of one calendar month)
--       3 buckets, 4 prepaid (see enter.lua)
-- ARGV  1 "metered" or "free"
--       2 a name for the call, unique
--       3 holder, or empty: its first call was paid for when it came in, each further one is
--         taken from the buckets here, below zero if need be, so that the next one in waits
--       4 now, in seconds; empty = this server's clock
-- Returns calls in the last minute
--
-- KEYS[2] is a prefix: the month is this clock's, and is added here.

local now = tonumber(ARGV[4])
if not now then
  local time = redis.call("TIME")
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end

-- Year and month of a day since 1970 (civil-from-days: eras of 400 years, years that begin in March).
local function month_of(seconds)
  local day = math.floor(seconds / 86400) + 719468
  local era = math.floor(day / 146097)
  local of_era = day - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524)
    - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local march = math.floor((5 * of_year + 2) / 153)
  local month = march < 10 and march + 3 or march - 9
  return string.format("%04d-%02d", year + era * 400 + (month <= 2 and 1 or 0), month)
end

local meter = KEYS[2] .. month_of(now)
redis.call("HINCRBY", meter, ARGV[1], 1)
redis.call("EXPIRE", meter, 100 * 86400)

if ARGV[3] ~= "" and redis.call("SREM", KEYS[4], ARGV[3]) == 0 and redis.call("EXISTS", KEYS[3]) == 1 then
  redis.call("HINCRBYFLOAT", KEYS[3], "minute", -1)
  redis.call("HINCRBYFLOAT", KEYS[3], "second", -1)
end

redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - 60)
redis.call("ZADD", KEYS[1], string.format("%.17g", now), ARGV[2])
redis.call("EXPIRE", KEYS[1], 120)
return redis.call("ZCARD", KEYS[1])
