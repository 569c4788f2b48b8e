-- Judges a message and counts it where it is answered.
-- KEYS: times of the answered ones (sorted set), what was said last, whether its sender was told to slow down.
-- ARGV: now, a name for this message, what it says, which time running is too often, for how long that is
-- running, then pairs of a window and how many messages it takes. Times in milliseconds.
-- Returns 0: answer it; 1: tell the sender to slow down; 2: say nothing.

local ANSWER, TELL, SILENT = 0, 1, 2
local now, said = tonumber(ARGV[1]), ARGV[3]

local run = 0
if said == '' then
  redis.call('DEL', KEYS[2])
else
  local last = redis.call('HMGET', KEYS[2], 'said', 'run')
  run = last[1] == said and tonumber(last[2]) + 1 or 1
  redis.call('HSET', KEYS[2], 'said', said, 'run', run)
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
if run >= tonumber(ARGV[4]) then return SILENT end

local longest = tonumber(ARGV[#ARGV - 1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - longest)
for index = 6, #ARGV, 2 do
  local window, limit = tonumber(ARGV[index]), tonumber(ARGV[index + 1])
  if redis.call('ZCOUNT', KEYS[1], '(' .. (now - window), '+inf') >= limit then
    -- An hour of silence behind the one word, so that nobody is told again and again.
    local told = redis.call('SET', KEYS[3], '1', 'NX', 'PX', math.max(window, 3600000))
    return told and TELL or SILENT
  end
end
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('PEXPIRE', KEYS[1], longest)
return ANSWER
