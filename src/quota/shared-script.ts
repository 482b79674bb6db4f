/**
 * Takes one start for all processes at once; Redis runs it without anything in between, by its own clock, so the clocks of the replicas need
 * not agree. Times are whole microseconds. A server clock that is set back stands still here; one that is set forward by an hour forgets
 * the last second, once.
 *
 * KEYS: 1 the last starts, newest first; 2 the state; 3 who asked lately.
 * ARGV: 1 who asks; 2 what it counted without Redis (or gives back, below zero); 3 what it knows to be spent of its day; 4 its day;
 * 5 how long to hold, microseconds; 6 whether a start is wanted (1) or not (0); 7 the calls of a day; then limit and window for each rate.
 * Answers: microseconds to wait (0: taken), day, spent, processes.
 */
export const takeScript = `
local time = redis.call('TIME')
local day = math.floor(time[1] / 86400)
local at = time[1] * 1000000 + time[2] + tonumber(redis.call('HGET', KEYS[2], 'ahead') or '0')
local newest = tonumber(redis.call('LINDEX', KEYS[1], 0) or '0')
if newest > at then
  redis.call('HINCRBY', KEYS[2], 'ahead', string.format('%.0f', newest - at))
  at = newest
end

if tonumber(redis.call('HGET', KEYS[2], 'day') or '-1') < day then
  redis.call('HSET', KEYS[2], 'day', day, 'spent', 0)
end
day = tonumber(redis.call('HGET', KEYS[2], 'day'))
local spent = tonumber(redis.call('HGET', KEYS[2], 'spent') or '0')
if tonumber(ARGV[4]) == day then
  spent = math.max(spent + tonumber(ARGV[2]), tonumber(ARGV[3]))
end

local held = tonumber(redis.call('HGET', KEYS[2], 'held') or '0')
if tonumber(ARGV[5]) > 0 then held = math.max(held, at + tonumber(ARGV[5])) end
local wait = math.max(0, held - at)
for i = 8, #ARGV, 2 do
  local earlier = redis.call('LINDEX', KEYS[1], ARGV[i] - 1)
  if earlier then wait = math.max(wait, tonumber(earlier) + ARGV[i + 1] - at) end
end

if spent >= tonumber(ARGV[7]) then
  wait = math.max(wait, ((day + 1) * 86400 - time[1]) * 1000000)
end

if wait == 0 and ARGV[6] == '1' then
  spent = spent + 1
  redis.call('LPUSH', KEYS[1], string.format('%.0f', at))
  redis.call('LTRIM', KEYS[1], 0, ARGV[8] - 1)
end
redis.call('HSET', KEYS[2], 'spent', string.format('%.0f', spent), 'held', string.format('%.0f', held))
redis.call('ZADD', KEYS[3], time[1], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', time[1] - 60)
redis.call('EXPIRE', KEYS[1], 3600)
redis.call('EXPIRE', KEYS[2], 172800)
redis.call('EXPIRE', KEYS[3], 120)
return { wait, day, spent, redis.call('ZCARD', KEYS[3]) }
`
