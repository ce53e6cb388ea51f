-- Look, change nothing.
--
-- KEYS  1 pause, 2 holds, 3 since, 4 buckets (see enter.lua), 5 recent, 6 meter prefix (see record.lua)
-- ARGV  1, 2 minute bucket: size, tokens a second
--       3, 4 second bucket: size, tokens a second
--       5 month, "2026-11"
--       6 now, in seconds; empty = this server's clock
-- Returns {tokens left (the scarcer bucket, as text), second the pause ends or "", its reason,
--          calls in the last minute, metered this month, free this month, now,
--          holder, since, holder, since, ...}

local now = tonumber(ARGV[6])
if not now then
  local time = redis.call("TIME")
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end

local function filled(name, size, rate)
  local stored = redis.call("HMGET", KEYS[4], name, name .. "_at")
  local level, at = tonumber(stored[1]), tonumber(stored[2])
  if not level or not at then
    return size
  end
  return math.min(size, level + math.max(0, now - at) * rate)
end
local left = math.min(
  filled("minute", tonumber(ARGV[1]), tonumber(ARGV[2])),
  filled("second", tonumber(ARGV[3]), tonumber(ARGV[4])))

local paused = redis.call("HMGET", KEYS[1], "until", "reason")
local ends = ""
if paused[1] and tonumber(paused[1]) > now then
  ends = paused[1]
end

local meter = redis.call("HMGET", KEYS[6] .. ARGV[5], "metered", "free")
local answer = {
  string.format("%.6f", left), ends, ends ~= "" and paused[2] or "",
  redis.call("ZCOUNT", KEYS[5], "(" .. string.format("%.17g", now - 60), "+inf"),
  meter[1] or "0", meter[2] or "0", string.format("%.6f", now),
}
for _, holder in ipairs(redis.call("ZRANGEBYSCORE", KEYS[2], "(" .. string.format("%.17g", now), "+inf")) do
  answer[#answer + 1] = holder
  answer[#answer + 1] = redis.call("HGET", KEYS[3], holder) or ""
end
return answer
