-- Give a hold back. Only the holder's own: a name that holds nothing is no error.
--
-- KEYS  1 holds, 2 since, 3 prepaid (see enter.lua)
-- ARGV  1 holder
-- Returns 1 when there was a hold, else 0

redis.call("HDEL", KEYS[2], ARGV[1])
redis.call("SREM", KEYS[3], ARGV[1])
return redis.call("ZREM", KEYS[1], ARGV[1])
